"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dialog = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const back = dialog.querySelector(".back");
  const PAGE = 20;
  const plain = text => text.replace(/[,，]/g, "");
  // What is searched for, as a test of a text: numbers are found with their commas and without.
  const seeker = words => {
    const wanted = words.trim();
    const number = /^[-\d,，.]+$/.test(wanted) ? plain(wanted) : "";
    return text => text.includes(wanted) || (number !== "" && plain(text).includes(number));
  };

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
  // A table wider than its room says that it can be moved.
  const measure = () => document.querySelectorAll("main .scroll").forEach(box => {
    box.classList.toggle("wide", box.scrollWidth > box.clientWidth);
  });
  window.addEventListener("resize", measure);
  document.querySelectorAll("details").forEach(one => one.addEventListener("toggle", measure));
  measure();

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
  // `amount` gives the fen of a line, where lines add up; `wanted` is what is searched for at first.
  const paged = (title, header, count, line, search, amount, wanted) => {
    const box = make("section");
    const heading = make("h4");
    heading.setAttribute("aria-live", "polite");
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
      where.textContent = "第 " + (page + 1) + " / " + (last() + 1) + " 页";
      pager.hidden = found.length <= PAGE;
      const sum = amount ? "，合计 " + yuan(found.reduce((all, i) => all + amount(i), 0)) + " 元" : "";
      heading.textContent = title + (found.length < count
        ? "（找到 " + found.length + " 行" + sum + "；共 " + count + " 行）" : "（" + count + " 行" + sum + "）");
      first.disabled = previous.disabled = page === 0;
      next.disabled = end.disabled = page >= last();
    };
    box.append(heading);
    if (search && count > PAGE) {
      const input = make("input");
      input.type = "search";
      input.placeholder = "查找日期、地区、科目、收款人、单据、金额";
      input.setAttribute("aria-label", "在" + title + "里查找");
      const all = found;
      const narrow = () => {
        const fits = seeker(input.value);
        found = input.value.trim() ? all.filter(i => fits(search(i))) : all;
        page = 0;
      };
      input.oninput = () => { narrow(); show(); };
      input.value = wanted || "";
      narrow();
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

  const partLine = (number, parts, shares) => i => {
    const [code, label, value, share] = parts[i];
    const row = make("tr");
    const name = make("td");
    if (hasBelow(number, code)) {
      const link = make("a", label, "fig");
      link.href = address(number, code);
      link.dataset.f = number;
      link.dataset.code = code;
      name.append(link);
    } else name.textContent = label;
    row.append(make("td", code === label ? "" : code), name, make("td", value, "num"));
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
    const [day, document_, ref, account, rule, summary, region, code, codeName, payee, number, other] =
      texts.map(i => data.words[i]);
    const from = [document_, number, ref].filter((text, at, all) => text && all.indexOf(text) === at).join("　");
    const counted = code === codeName ? code : [code, codeName].filter(Boolean).join(" ");
    return { entry: String(entry), day, from, account: account.replace(/^[^ :]*:/, ""), rule, summary, region,
      counted, payee, other, amount: yuan(rows[i][1]) };
  };
  const rowLine = rows => i => {
    const it = told(rows, i);
    const row = make("tr");
    const words = make("td");
    words.append(make("div", it.summary || it.from),
      make("div", [it.region, it.counted === it.region ? "" : it.counted].filter(Boolean).join("　")),
      make("div", it.other),
      make("div", (it.payee ? "收款人 " + it.payee + "　" : "") + it.from, "dim"),
      make("div", "凭证 " + it.entry + "　" + it.account + (it.rule ? "　规则 " + it.rule : ""), "dim"));
    row.append(make("td", it.day, "day"), words, make("td", it.amount, "num"));
    return row;
  };
  const rowText = rows => i => Object.values(told(rows, i)).join(" ");
  const restWords = (whose, { rows, total, rest }) => {
    const amount = rest === null ? "" : "合计 " + yuan(rest) + " 元，";
    return whose + "共 " + total + " 行。这里列出 " + rows.length + " 行，其余 " + (total - rows.length) + " 行" +
      amount + "用 fisc trace 查看。";
  };

  // ---- a number's panel, and the address that it can be sent by

  const address = (number, code) =>
    "#figure=" + encodeURIComponent(data.panels[number - 1].key) + (code ? "&part=" + encodeURIComponent(code) : "");
  // What an address names: [number, code]; null where it names no figure of this report.
  const named = hash => {
    const old = /^#f(\d+)$/.exec(hash);
    if (old && article(old[1])) return [Number(old[1]), ""];
    const asked = new URLSearchParams(hash.slice(1));
    const key = asked.get("figure");
    // a figure may be named by its id alone: then the first of the report is meant
    const whole = data.panels.findIndex(panel => panel.key === key);
    const at = whole >= 0 ? whole : data.panels.findIndex(panel => panel.key.split("@")[0] === key);
    return at < 0 ? null : [at + 1, asked.get("part") || ""];
  };
  const codeOf = (rows, i) => data.words[data.vouchers[rows[i][0]][8]];
  const indexes = (list, fits) => list.map((_, i) => i).filter(fits);
  // The lines of a part that are listed, how many it has, and what those not listed add up to.
  const ofPart = (part, rows) => {
    const total = part ? part[5] : rows.length;
    const rest = part && part[4] !== null ? part[4] - rows.reduce((sum, row) => sum + row[1], 0) : null;
    return { rows, total, rest };
  };
  const hasBelow = (number, code) => {
    const { parts, leaves, rows } = data.panels[number - 1];
    if (!parts.some(part => part[0] === code) && !leaves.some(leaf => leaf[0] === code)) return false;
    return leaves.some(leaf => leaf[0] !== code && leaf[0].startsWith(code)) ||
      rows.some((_, i) => codeOf(rows, i).startsWith(code));
  };

  const fill = (number, code, wanted) => {
    const copy = article(number).cloneNode(true);
    copy.removeAttribute("id");
    copy.querySelector("h3").id = "panel-title";
    body.replaceChildren(copy);
    const panel = data.panels[number - 1];
    const { operands, leaves, trend } = panel;
    const part = [...panel.parts, ...leaves].find(one => one[0] === code);
    const parts = code ? leaves.filter(leaf => leaf[0] !== code && leaf[0].startsWith(code)) : panel.parts;
    const rows = code ? panel.rows.filter((_, i) => codeOf(panel.rows, i).startsWith(code)) : panel.rows;
    if (part) copy.append(make("p", "其中：" + code + " " + part[1] + "　" + part[2], "value"));
    const months = data.months < 12 ? "（截至" + data.months + "月）" : "";
    if (operands.length) body.append(operandList(operands));
    const shares = parts.some(part => part[3]) ? ["占比>"] : [];
    if (parts.length) body.append(paged("构成", head("代码", "名称", "数值>", ...shares), parts.length,
      partLine(number, parts, shares), i => parts[i].slice(0, 4).join(" ")));
    if (trend.length > 1 && !code) body.append(paged("历年" + months, head("年度", "", "数值>"), trend.length, yearLine(trend)));
    const listed = code ? ofPart(part, rows) : panel;
    const all = rows.length < listed.total ? "凭证（全部 " + listed.total + " 行）：列出的" : "凭证";
    if (rows.length) body.append(paged(all, head("日期", "摘要、地区、科目、收款人、单据", "金额（元）>"),
      rows.length, rowLine(rows), rowText(rows), i => rows[i][1], wanted));
    if (rows.length < listed.total) body.append(make("p", restWords(code ? "这一部分" : "", listed), "dim"));
    back.hidden = !(history.state && history.state.depth > 1);
    dialog.scrollTop = 0;
    if (!dialog.open) dialog.showModal();
  };
  const depth = () => (history.state && history.state.depth) || 0;
  const open = (number, code, wanted) => {
    history.pushState({ depth: depth() + 1, wanted }, "", address(number, code));
    fill(number, code, wanted);
  };
  // The page shows what its address says: a figure's panel, or none.
  const follow = () => {
    const asked = named(location.hash);
    if (asked) fill(asked[0], asked[1], history.state && history.state.wanted);
    else if (dialog.open) dialog.close();
  };
  // Closing goes back to the address before the first panel, or takes the figure off the address it came by.
  const leave = () => {
    if (!named(location.hash)) return;
    if (depth()) history.go(-depth());
    else history.replaceState(null, "", location.pathname + location.search);
  };

  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-f]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open(Number(link.dataset.f), link.dataset.code || "", link.dataset.wanted);
    } else if (event.target === dialog) {
      dialog.close();
    }
  });
  back.addEventListener("click", () => history.back());
  dialog.addEventListener("close", leave);
  window.addEventListener("popstate", follow);
  window.addEventListener("hashchange", follow);
  follow();

  // Contents above the text are closed at first: on a narrow page they would fill the first screens.
  if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".toc details").open = false;

  // ---- the whole report is searched: its text, its figures, their parts and vouchers

  const search = document.getElementById("search");
  const hits = document.getElementById("hits");
  const MOST = 30;
  const shown = (title, found, item) => {
    const heading = make("h4"), list = make("ol"), more = make("button");
    more.type = "button";
    const show = () => {
      const at = list.children.length;
      found.slice(at, at + MOST).forEach(one => { const line = make("li"); line.append(item(one)); list.append(line); });
      const told = list.children.length, left = found.length - told;
      heading.textContent = title + "（" + found.length + (left ? "，列出前 " + told + " 个" : "") + "）";
      more.textContent = "再列 " + Math.min(left, MOST) + " 个";
      more.hidden = !left;
    };
    more.onclick = show;
    show();
    return [heading, list, more];
  };
  const jump = node => {
    const cells = node.cells ? [...node.cells].map(cell => cell.textContent.trim()).join("　") : node.textContent;
    const link = make("a", cells.trim().replace(/[^\S　]+/g, " ").slice(0, 60));
    link.href = "#report";
    link.onclick = event => {
      event.preventDefault();
      node.scrollIntoView({ block: "center" });
      node.classList.add("hit");
    };
    return link;
  };
  const opens = (number, words, code, wanted) => {
    const link = make("a", words);
    link.href = address(number, code);
    link.dataset.f = number;
    if (code) link.dataset.code = code;
    if (wanted) link.dataset.wanted = wanted;
    return link;
  };
  const nodes = [...document.querySelectorAll("main > section:not(#evidence) :is(p, h2, h3, h4, tr, figcaption)")];
  const found = fits => {
    const words = data.words.map(fits);
    const rows = [], parts = [], seen = new Set();
    data.panels.forEach((panel, at) => {
      [...panel.parts, ...panel.leaves].forEach(one => { if (fits(one.slice(0, 4).join(" "))) parts.push([at + 1, one]); });
      panel.rows.forEach((row, i) => {
        const key = row.join("/");
        if (seen.has(key) || !(data.vouchers[row[0]].slice(1).some(word => words[word]) || fits(yuan(row[1])))) return;
        seen.add(key);
        rows.push([at + 1, panel.rows, i]);
      });
    });
    return { text: nodes.filter(node => fits(node.textContent)), parts, rows,
      figures: indexes(data.panels, i => fits(article(i + 1).textContent)).map(i => i + 1) };
  };
  const look = () => {
    document.querySelectorAll(".hit").forEach(node => node.classList.remove("hit"));
    const wanted = search.value.trim();
    if (!wanted) { hits.replaceChildren(); return; }
    const { text, figures, parts, rows } = found(seeker(wanted));
    hits.replaceChildren(
      make("p", text.length + figures.length + parts.length + rows.length ? "" : "没有找到“" + wanted + "”", "dim"),
      ...(text.length ? shown("正文和附件", text, jump) : []),
      ...(figures.length ? shown("指标", figures, number => opens(number,
        article(number).querySelector("h3").textContent + "　" + article(number).querySelector(".where").textContent)) : []),
      ...(parts.length ? shown("构成", parts, ([number, one]) => opens(number, one.slice(0, 3).join(" "),
        hasBelow(number, one[0]) ? one[0] : "")) : []),
      ...(rows.length ? shown("凭证", rows, ([number, of, i]) => {
        const it = told(of, i);
        return opens(number, [it.day, it.region, it.other, it.payee || it.summary || it.from, it.amount].filter(Boolean)
          .join("　"), "", wanted);
      }) : []));
  };
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 150); });
})();
