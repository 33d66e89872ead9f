# fisc: set up, try, test. `make demo` and `make test` do all the set-up themselves.
#
# Needs only make and Python 3.11 or newer with its venv module; PYTHON=... chooses one.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

IS_RECENT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	if $$p -c '$(IS_RECENT)' >/dev/null 2>&1; then echo $$p; break; fi; done)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := .venv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url \
	--quiet --custom-compile-command "make lock" --extra build

.PHONY: help setup setup-dev demo test test-all lint format house bench lock clean

help:
	@echo "make setup     虚拟环境与固定版本的依赖 / environment with pinned dependencies"
	@echo "make demo      导入样例预算，写出报告到 out/ / sample budget in, report out"
	@echo "make test      测试 / the fast tests"
	@echo "make test-all  全部测试 / all tests, with those that take minutes"
	@echo "make lint      检查代码 / ruff, mypy, import layers"
	@echo "make format    排版代码 / format the code"
	@echo "make house     数家规，写入 docs/house.md / count what the house's rules say, into docs/house.md"
	@echo "make bench     测速 / benchmarks, results in benchmarks/"
	@echo "make lock      重新固定依赖版本 / renew the lock files"
	@echo "make clean     删除环境与产物，不动数据 / remove environment and products, not data"

setup: .venv/.runtime
setup-dev: .venv/.dev

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "需要 Python 3.11 或更新版本，并带 venv 模块；现有：$$(python3 --version 2>&1)" >&2; \
		echo "Python 3.11 or newer with its venv module is needed." >&2; \
		echo "Debian/Ubuntu: apt-get install python3 python3-venv; 或 / or: make PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	@$(PYTHON) -c '$(IS_RECENT)' || { echo "$(PYTHON) 太旧或缺 venv / too old or without venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	@echo "安装依赖（只在第一次）/ installing dependencies (once) ..."
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "安装开发工具（只在第一次）/ installing tools for tests (once) ..."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/.runtime
	@$(BIN)/fisc demo

test: .venv/.dev
	@$(BIN)/pytest -n auto --dist worksteal

test-all: .venv/.dev
	@$(BIN)/pytest -n auto --dist worksteal -m "heavy or not heavy"

lint: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

house: .venv/.dev
	@$(BIN)/python -m tools.house

bench: .venv/.dev
	@$(BIN)/python -m benchmarks

# The tools' lock is made under the run-time one, so that both agree.
lock: .venv/.dev
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache out build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
