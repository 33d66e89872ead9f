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
  const head = (...names) => {
    const row = make("tr");
    names.forEach(name => row.append(make("th", name)));
    const block = make("thead");
    block.append(row);
    return block;
  };

  // A table in pages: long breakdowns and voucher lists stay light.
  const paged = (title, header, count, line) => {
    const box = make("section");
    box.append(make("h4", title + "（" + count + "）"));
    const table = make("table");
    const rows = make("tbody");
    table.append(header, rows);
    const wrap = make("div", undefined, "scroll");
    wrap.append(table);
    box.append(wrap);
    let page = 0;
    const pages = Math.max(1, Math.ceil(count / PAGE));
    const previous = make("button", "上一页"), next = make("button", "下一页"), where = make("span");
    const show = () => {
      rows.replaceChildren();
      for (let i = page * PAGE; i < Math.min(count, (page + 1) * PAGE); i++) rows.append(line(i));
      where.textContent = "第 " + (page + 1) + " / " + pages + " 页";
      previous.disabled = page === 0;
      next.disabled = page === pages - 1;
    };
    previous.onclick = () => { page--; show(); };
    next.onclick = () => { page++; show(); };
    if (pages > 1) {
      const pager = make("div", undefined, "pager");
      pager.append(previous, where, next);
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
      const value = source.querySelector(".value, .reason");
      item.append(link, make("span", "　" + source.querySelector(".where").textContent + "　", "dim"),
        value ? value.textContent : "");
      list.append(item);
    });
    box.append(list);
    return box;
  };

  const partLine = parts => i => {
    const [code, label, value] = parts[i];
    const row = make("tr");
    row.append(make("td", code), make("td", label), make("td", value, "num"));
    return row;
  };
  const yearLine = trend => i => {
    const row = make("tr");
    row.append(make("td", String(trend[i][0])), make("td", trend[i][1], "num"));
    return row;
  };
  const rowLine = rows => i => {
    const [index, fen] = rows[i];
    const [entry, ...texts] = data.vouchers[index];
    const [day, document_, ref, account, rule, summary] = texts.map(i => data.words[i]);
    const row = make("tr");
    const first = make("td");
    first.append(make("div", ref, "ref"), make("div", document_, "dim"));
    const second = make("td");
    second.append(make("div", summary), make("div", day + "　凭证 " + entry + "　" + account + "　" + rule, "dim"));
    row.append(first, second, make("td", yuan(fen), "num"));
    return row;
  };

  const fill = number => {
    const copy = article(number).cloneNode(true);
    copy.removeAttribute("id");
    copy.querySelector("h3").id = "panel-title";
    body.replaceChildren(copy);
    const { operands, parts, trend, rows, total } = data.panels[number - 1];
    if (operands.length) body.append(operandList(operands));
    if (parts.length) body.append(paged("构成", head("代码", "名称", "数值"), parts.length, partLine(parts)));
    if (trend.length > 1) body.append(paged("历年", head("年度", "数值"), trend.length, yearLine(trend)));
    if (rows.length) body.append(paged("凭证与来源单元格", head("来源", "凭证", "金额（元）"), rows.length, rowLine(rows)));
    if (rows.length < total) body.append(make("p", "共 " + total + " 行，这里列出前 " + rows.length + " 行；全部用 fisc trace 查看。", "dim"));
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
