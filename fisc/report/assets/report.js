"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dialog = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const back = dialog.querySelector(".back");
  const PAGE = 20;
  let trail = [];

  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const yuan = fen => {
    const sign = fen < 0 ? "-" : "";
    const digits = String(Math.abs(fen)).padStart(3, "0");
    return sign + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + digits.slice(-2);
  };
  const article = number => document.getElementById("f" + number);
  // A name that ends in > heads a column of numbers.
  const head = (...names) => {
    const row = make("tr");
    names.forEach(name => {
      const cell = make("th", name.replace(">", ""), name.endsWith(">") ? "num" : undefined);
      cell.scope = "col";
      row.append(cell);
    });
    const block = make("thead");
    block.append(row);
    return block;
  };

  // A table in pages: long breakdowns and voucher lists stay light. `search` gives the text of a line.
  const paged = (title, header, count, line, search) => {
    const box = make("section");
    const heading = make("h4", title);
    const table = make("table");
    const rows = make("tbody");
    table.append(header, rows);
    const wrap = make("div", undefined, "scroll");
    wrap.append(table);
    const pager = make("div", undefined, "pager");
    let found = Array.from({ length: count }, (_, i) => i);
    let page = 0;
    const turn = (words, step) => {
      const button = make("button", words);
      button.type = "button";
      button.onclick = () => { page = step(page); show(); };
      return button;
    };
    const last = () => Math.max(0, Math.ceil(found.length / PAGE) - 1);
    const first = turn("首页", () => 0), previous = turn("上一页", at => at - 1);
    const next = turn("下一页", at => at + 1), end = turn("末页", last);
    const where = make("span");
    where.setAttribute("aria-live", "polite");
    const show = () => {
      rows.replaceChildren(...found.slice(page * PAGE, (page + 1) * PAGE).map(line));
      where.textContent = "第 " + (page + 1) + " / " + (last() + 1) + " 页" +
        (found.length < count ? "，找到 " + found.length + " 行" : "");
      first.disabled = previous.disabled = page === 0;
      next.disabled = end.disabled = page >= last();
    };
    box.append(heading);
    if (search && count > PAGE) {
      const input = make("input");
      input.type = "search";
      input.placeholder = "查找日期、摘要、单据、科目、金额";
      input.setAttribute("aria-label", "在" + title + "里查找");
      const all = found;
      input.oninput = () => {
        const wanted = input.value.trim();
        found = wanted ? all.filter(i => search(i).includes(wanted)) : all;
        page = 0;
        show();
      };
      box.append(input);
    }
    box.append(wrap);
    if (count > PAGE) {
      pager.append(first, previous, where, next, end);
      box.append(pager);
    }
    show();
    return box;
  };

  const operandList = numbers => {
    const box = make("section");
    box.append(make("h4", "由这些指标算出"));
    const list = make("ol");
    numbers.forEach(number => {
      const source = article(number);
      const item = make("li");
      const link = make("a", source.querySelector("h3").textContent, "fig");
      link.href = "#f" + number;
      link.dataset.f = number;
      const value = source.querySelector(".value b, .reason");
      item.append(link, make("span", "　" + source.querySelector(".where").textContent + "　", "dim"),
        value ? value.textContent : "");
      list.append(item);
    });
    box.append(list);
    return box;
  };

  const partLine = (parts, shares) => i => {
    const [code, label, value, share] = parts[i];
    const row = make("tr");
    row.append(make("td", code === label ? "" : code), make("td", label), make("td", value, "num"));
    if (shares.length) row.append(make("td", share, "num"));
    return row;
  };
  const yearLine = trend => i => {
    const [year, value, length] = trend[i];
    const row = make("tr");
    const bar = make("td", undefined, "bar");
    const fill = make("i");
    fill.style.width = length + "%";
    bar.append(fill);
    row.append(make("td", year + "年", "day"), bar, make("td", value, "num"));
    return row;
  };
  const told = (rows, i) => {
    const [entry, ...texts] = data.vouchers[rows[i][0]];
    const [day, document_, ref, account, rule, summary] = texts.map(i => data.words[i]);
    const from = [document_, ref].filter(Boolean).join("　");
    return { entry: String(entry), day, from, account: account.replace(/^[^ :]*:/, ""), rule, summary,
      amount: yuan(rows[i][1]) };
  };
  const rowLine = rows => i => {
    const it = told(rows, i);
    const row = make("tr");
    const words = make("td");
    words.append(make("div", it.summary || it.from),
      make("div", "凭证 " + it.entry + "　" + it.from, "dim"),
      make("div", it.account + (it.rule ? "　规则 " + it.rule : ""), "dim"));
    row.append(make("td", it.day, "day"), words, make("td", it.amount, "num"));
    return row;
  };
  const rowText = rows => i => Object.values(told(rows, i)).join(" ");
  const restWords = ({ rows, total, rest }) => {
    const amount = rest === null ? "" : "合计 " + yuan(rest) + " 元，";
    return "共 " + total + " 行。这里列出 " + rows.length + " 行，其余 " + (total - rows.length) + " 行" +
      amount + "用 fisc trace 查看。";
  };

  const fill = number => {
    const copy = article(number).cloneNode(true);
    copy.removeAttribute("id");
    copy.querySelector("h3").id = "panel-title";
    body.replaceChildren(copy);
    const panel = data.panels[number - 1];
    const { operands, parts, trend, rows, total } = panel;
    const months = data.months < 12 ? "（截至" + data.months + "月）" : "";
    if (operands.length) body.append(operandList(operands));
    const shares = parts.some(part => part[3]) ? ["占比>"] : [];
    if (parts.length) body.append(paged("构成", head("代码", "名称", "数值>", ...shares), parts.length, partLine(parts, shares)));
    if (trend.length > 1) body.append(paged("历年" + months, head("年度", "", "数值>"), trend.length, yearLine(trend)));
    if (rows.length) body.append(paged("凭证（" + total + " 行）", head("日期", "摘要、凭证、单据、科目", "金额（元）>"),
      rows.length, rowLine(rows), rowText(rows)));
    if (rows.length < total) body.append(make("p", restWords(panel), "dim"));
    back.hidden = trail.length < 2;
    dialog.scrollTop = 0;
  };
  const open = number => {
    trail.push(number);
    fill(number);
    if (!dialog.open) dialog.showModal();
  };

  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-f]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open(Number(link.dataset.f));
    } else if (event.target === dialog) {
      dialog.close();
    }
  });
  back.addEventListener("click", () => { trail.pop(); fill(trail[trail.length - 1]); });
  dialog.addEventListener("close", () => { trail = []; });
  const asked = /^#f(\d+)$/.exec(location.hash);
  if (asked && article(asked[1])) open(Number(asked[1]));
})();
