/* Pictures of tables: the table is the source, and stays; without this script one sees the table alone.

   <figure data-figure id="…" data-table-words="Show the table" data-picture-words="Hide the table">
     <div class="chart-table …"><table data-chart="bars|columns|lines|calendar|heat|intervals"> … </table></div>
   </figure>

   The first column has the names, the others one series each: <th data-tone="red"> gives a colour of the
   warnings, <th data-plain> leaves a column out of the picture. <td data-value="12.5"> says a figure that is
   written otherwise; a link in the cell is followed when its mark is clicked. `data-unit="percent"` on the
   table; on the figure `data-scale="1.5"` for larger words, `data-fill` to fill its height; `data-low`, `data-high` and `data-band` in the cells of intervals; <time datetime> names a day. */
"use strict";

(() => {
  const root = document.documentElement;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const language = root.lang || "en";
  const drawn = new Map();

  /* -- what the house looks like at the moment -------------------------------------------------- */

  const probe = document.createElement("span");
  probe.hidden = true;
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  /* A token may be made of others in ways that only the browser understands: it is asked for the dots. */
  function colour(token) {
    probe.style.color = `var(${token}, var(${token.replace("-mark", "")}))`;
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = getComputedStyle(probe).color;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
    return `rgb(${red},${green},${blue})`;
  }

  function mixed(one, other, share) {
    const parts = [one, other].map((text) => text.match(/\d+/g).map(Number));
    return `rgb(${parts[0].map((value, nth) => Math.round(value + (parts[1][nth] - value) * share)).join(",")})`;
  }

  /* Told apart by who sees no red or no green, too: blue and orange first, and every series has its own pattern. */
  const SERIES = ["--tblr-primary", "--orange-mark", "--green-mark", "--ink-soft", "--yellow-mark", "--red-mark"];
  const TONES = { red: "--red-mark", orange: "--orange-mark", yellow: "--yellow-mark", green: "--green-mark", plain: "--tblr-primary", soft: "--line-strong" };

  function look(scale) {
    document.body.append(probe);
    const rem = parseFloat(getComputedStyle(root).fontSize) * scale;
    const found = {
      ink: colour("--ink"),
      soft: colour("--ink-soft"),
      line: colour("--line"),
      strong: colour("--line-strong"),
      surface: colour("--surface"),
      ground: colour("--ground"),
      main: colour("--tblr-primary"),
      series: SERIES.map(colour),
      tones: Object.fromEntries(Object.entries(TONES).map(([name, token]) => [name, colour(token)])),
      size: Math.round(rem * 0.8125),
      rem,
      font: getComputedStyle(document.body).fontFamily,
    };
    probe.remove();
    return found;
  }

  /* -- what a table says --------------------------------------------------------------------------- */

  const words = (cell) => (cell?.dataset.word ?? cell?.textContent ?? "").replace(/\s+/g, " ").trim();

  function value(cell) {
    const text = cell?.dataset.value ?? words(cell).replace(/[,\s%]/g, "");
    return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
  }

  function read(table) {
    const heads = [...(table.tHead?.rows[table.tHead.rows.length - 1]?.cells ?? [])];
    const columns = heads.map((cell, at) => ({ at, name: words(cell), tone: cell.dataset.tone, plain: "plain" in cell.dataset }))
      .slice(1).filter((column) => !column.plain);
    const rows = [...table.tBodies].flatMap((body) => [...body.rows])
      .filter((row) => row.cells.length === heads.length && !("plain" in row.dataset))
      .map((row) => ({
        name: words(row.cells[0]),
        short: row.cells[0].dataset.short ?? words(row.cells[0]),
        day: row.cells[0].querySelector("time")?.dateTime ?? words(row.cells[0]),
        href: row.cells[0].querySelector("a")?.href,
        cells: columns.map(({ at }) => {
          const cell = row.cells[at];
          return {
            value: value(cell),
            words: words(cell),
            href: cell.querySelector("a")?.href,
            low: Number(cell.dataset.low),
            high: Number(cell.dataset.high),
            band: cell.dataset.band,
          };
        }),
      }));
    return { columns, rows, caption: words(table.caption) || table.getAttribute("aria-label") || "" };
  }

  /* -- pictures ---------------------------------------------------------------------------------------- */

  const item = (cell, more = {}) => ({
    value: cell.value, href: cell.href, words: cell.words, cursor: cell.href ? "pointer" : "default", ...more,
  });
  /* Room is counted in square letters; two of the Latin ones take no more than one of them. */
  const broad = (letter) => (letter.codePointAt(0) < 0x2e80 ? 0.55 : 1);
  function shorten(text, most) {
    const letters = [...text];
    if (letters.reduce((sum, letter) => sum + broad(letter), 0) <= most) return text;
    let room = most - 1;
    return `${letters.slice(0, letters.findIndex((letter) => (room -= broad(letter)) < 0)).join("")}…`;
  }

  /* Patterns tell series apart; a single one, or shades of one colour, are easier to read without. */
  function frame(look, table, isParted = true) {
    const isShare = table.dataset.unit === "percent";
    const text = { color: look.soft, fontFamily: look.font, fontSize: look.size };
    return {
      animation: false,
      textStyle: { fontFamily: look.font, color: look.ink },
      aria: { enabled: true, decal: { show: isParted } },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: look.surface,
        borderColor: look.strong,
        textStyle: { color: look.ink, fontFamily: look.font, fontSize: look.size },
      },
      legend: { top: 0, left: 0, textStyle: { ...text, color: look.ink }, itemWidth: look.rem * 1.125, itemHeight: look.rem * 0.75, selectedMode: false },
      text,
      axis: {
        axisLine: { lineStyle: { color: look.strong } },
        axisTick: { show: false },
        splitLine: { lineStyle: { color: look.line } },
        axisLabel: { ...text, formatter: isShare ? "{value} %" : undefined },
      },
    };
  }

  function coloured(columns, look) {
    return columns.map(({ tone }, nth) => look.tones[tone] ?? look.series[nth % look.series.length]);
  }

  const tip = (mark) => {
    const one = Array.isArray(mark) ? mark : [mark];
    const lines = one.filter((each) => each.data?.words ?? each.data?.value).map(
      (each) => `${each.seriesName ? `${each.seriesName}: ` : ""}${each.data.words ?? each.data.value}`);
    return [one[0].data?.title ?? one[0].name, ...lines].join("\n");
  };

  /* Horizontal bars, one on the other where there are several; as high as there are rows. */
  function bars({ columns, rows }, look, table, width) {
    const base = frame(look, table, columns.length > 1);
    const colours = coloured(columns, look);
    const room = Math.min(width * 0.42, look.rem * 13);
    const letters = Math.max(6, Math.floor(room / look.size));
    return {
      ...base,
      height: Math.max(3, rows.length) * look.rem * 1.75 + look.rem * (columns.length > 1 ? 4 : 2),
      grid: { left: 4, right: look.rem * 2.5, top: columns.length > 1 ? look.rem * 2.25 : 4, bottom: 4, containLabel: true },
      legend: { ...base.legend, show: columns.length > 1 },
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" }, formatter: tip },
      xAxis: { type: "value", minInterval: 1, ...base.axis, axisLine: { show: false } },
      yAxis: {
        type: "category", inverse: true, data: rows.map((row) => row.name), ...base.axis, splitLine: { show: false },
        axisLabel: { ...base.text, color: look.ink, interval: 0, formatter: (name, nth) => shorten(rows[nth]?.short ?? name, letters) },
      },
      series: columns.map((column, nth) => ({
        name: column.name, type: "bar", stack: "all", barMaxWidth: look.rem * 1.1, itemStyle: { color: colours[nth], borderColor: look.surface, borderWidth: 1 },
        data: rows.map((row) => item(row.cells[nth])),
        label: {
          show: true, position: nth === columns.length - 1 ? "right" : "inside", fontFamily: look.font, fontSize: look.size, color: look.ink,
          formatter: nth === columns.length - 1
            ? ({ dataIndex }) => { const sum = rows[dataIndex].cells.reduce((all, cell) => all + (cell.value ?? 0), 0); return sum ? sum.toLocaleString(language) : ""; }
            : () => "",
        },
      })),
    };
  }

  /* Standing bars: something counted by steps that follow one another. */
  function columns_({ columns, rows }, look, table) {
    const base = frame(look, table, columns.length > 1);
    const colours = coloured(columns, look);
    return {
      ...base,
      height: look.rem * 15,
      grid: { left: 4, right: 8, top: look.rem * (columns.length > 1 ? 2.5 : 1.5), bottom: 4, containLabel: true },
      legend: { ...base.legend, show: columns.length > 1 },
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" }, formatter: tip },
      xAxis: { type: "category", data: rows.map((row) => row.short), ...base.axis, splitLine: { show: false }, axisLabel: { ...base.text, hideOverlap: true } },
      yAxis: { type: "value", minInterval: 1, ...base.axis, axisLine: { show: false } },
      series: columns.map((column, nth) => ({
        name: column.name, type: "bar", stack: "stack" in table.dataset ? "all" : undefined, barMaxWidth: look.rem * 2.5,
        itemStyle: { color: colours[nth] },
        data: rows.map((row) => item(row.cells[nth], { title: row.name })),
      })),
    };
  }

  const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [2, 4], [12, 4]];
  const SIGNS = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];

  /* Lines are broken where nothing was counted; they never fall to nought. */
  function lines({ columns, rows }, look, table) {
    const base = frame(look, table);
    const colours = coloured(columns, look);
    const isShare = table.dataset.unit === "percent";
    return {
      ...base,
      height: look.rem * 15,
      grid: { left: 4, right: look.rem, top: look.rem * 3, bottom: 4, containLabel: true },
      tooltip: { ...base.tooltip, trigger: "axis", formatter: tip },
      legend: { ...base.legend, type: "scroll", pageTextStyle: base.text },
      xAxis: { type: "category", boundaryGap: false, data: rows.map((row) => row.short), ...base.axis, splitLine: { show: false }, axisLabel: { ...base.text, hideOverlap: true } },
      yAxis: { type: "value", scale: isShare, max: isShare ? 100 : undefined, minInterval: isShare ? undefined : 1, ...base.axis, axisLine: { show: false } },
      series: columns.map((column, nth) => ({
        name: column.name, type: "line", connectNulls: false, symbol: SIGNS[nth % SIGNS.length], symbolSize: Math.max(7, look.rem * 0.44), showSymbol: rows.length < 40,
        lineStyle: { width: Math.max(2, look.rem / 10), type: DASHES[nth % DASHES.length], color: colours[nth] }, itemStyle: { color: colours[nth] },
        triggerLineEvent: false,
        data: rows.map((row) => item(row.cells[nth], { title: row.name })),
      })),
    };
  }

  function shades(most, look, bend = (value) => value) {
    return { min: 0, max: bend(Math.max(most, 1)), text: [Math.max(most, 1).toLocaleString(language), "0"], inRange: { color: [mixed(look.surface, look.main, 0.06), mixed(look.surface, look.main, 0.45), look.main] } };
  }

  const light = (text) => text.match(/\d+/g).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, nth) => sum + part * [0.2126, 0.7152, 0.0722][nth], 0);

  /* What is written on a shade is the one of ink and surface that stands out more. */
  function written(share, look) {
    const { color } = shades(1, look).inRange;
    const shade = share < 0.5 ? mixed(color[0], color[1], share * 2) : mixed(color[1], color[2], share * 2 - 1);
    const apart = (one) => { const [low, high] = [light(one), light(shade)].sort((a, b) => a - b); return (high + 0.05) / (low + 0.05); };
    return apart(look.ink) >= apart(look.surface) ? look.ink : look.surface;
  }

  const ONE_DAY = 86_400_000;

  /* Days as a calendar; where there is no room for a year, its last weeks. */
  function calendar({ rows }, look, table, width) {
    const base = frame(look, table, false);
    const left = look.rem * 3;
    const least = look.rem * 0.9;
    const span = rows.length ? (Date.parse(rows.at(-1).day) - Date.parse(rows[0].day)) / ONE_DAY + 1 : 1;
    const weeks = Math.min(Math.ceil(span / 7) + 1, Math.max(4, Math.floor((width - left - 8) / least)));
    const first = new Date(Date.parse(rows.at(-1)?.day ?? "2000-01-01") - (weeks * 7 - 8) * ONE_DAY).toISOString().slice(0, 10);
    const shown = rows.filter((row) => row.day >= first);
    const cell = Math.min(look.rem * 1.5, (width - left - 8) / weeks);
    const name = (kind, at) => new Intl.DateTimeFormat(language, { ...kind, timeZone: "UTC" }).format(at);
    return {
      ...base,
      height: cell * 7 + look.rem * 4.5,
      tooltip: { ...base.tooltip, formatter: ({ data }) => `${data.title}\n${data.words}` },
      legend: undefined,
      visualMap: {
        ...shades(Math.max(0, ...shown.map((row) => row.cells[0].value ?? 0)), look, Math.sqrt),
        orient: "horizontal", left, bottom: 0, itemHeight: look.rem * 8, itemWidth: look.rem * 0.75, calculable: false, textStyle: base.text,
      },
      calendar: {
        left, top: look.rem * 1.5, range: [shown[0]?.day ?? first, shown.at(-1)?.day ?? first], cellSize: cell,
        itemStyle: { color: look.surface, borderColor: look.line, borderWidth: 1 }, splitLine: { lineStyle: { color: look.strong, width: 1 } },
        yearLabel: { show: false },
        monthLabel: { ...base.text, nameMap: Array.from({ length: 12 }, (_, month) => name({ month: "short" }, Date.UTC(2024, month, 1))) },
        dayLabel: { ...base.text, firstDay: 1, nameMap: Array.from({ length: 7 }, (_, day) => name({ weekday: "narrow" }, Date.UTC(2024, 8, 1 + day))) },
      },
      series: [{
        type: "heatmap", coordinateSystem: "calendar",
        itemStyle: { borderColor: look.surface, borderWidth: 1 },
        data: shown.map((row) => ({ ...item(row.cells[0]), value: [row.day, Math.sqrt(row.cells[0].value ?? 0)], title: row.name })),
      }],
    };
  }

  /* A field of figures: rows by columns, each figure written into its field. */
  function heat({ columns, rows }, look, table, width) {
    const base = frame(look, table, false);
    const most = Math.max(0, ...rows.flatMap((row) => row.cells.map((cell) => cell.value ?? 0)));
    const letters = Math.max(5, Math.floor(Math.min(width * 0.3, look.rem * 11) / look.size));
    return {
      ...base,
      height: rows.length * look.rem * 2 + look.rem * 5,
      grid: { left: 4, right: 4, top: 4, bottom: look.rem * 2.5, containLabel: true },
      tooltip: { ...base.tooltip, formatter: ({ data }) => `${data.title}\n${data.words}` },
      legend: undefined,
      xAxis: {
        type: "category", position: "top", data: columns.map((column) => column.name), ...base.axis, splitLine: { show: false }, splitArea: { show: false },
        axisLabel: { ...base.text, interval: 0, rotate: width / Math.max(columns.length, 1) < look.rem * 5 ? 30 : 0, formatter: (name) => shorten(name, 8) },
      },
      yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), ...base.axis, splitLine: { show: false }, axisLabel: { ...base.text, color: look.ink, interval: 0, formatter: (name, nth) => shorten(rows[nth]?.short ?? name, letters) } },
      visualMap: { ...shades(most, look, Math.sqrt), orient: "horizontal", left: 0, bottom: 0, itemHeight: look.rem * 8, itemWidth: look.rem * 0.75, calculable: false, textStyle: base.text },
      series: [{
        type: "heatmap",
        itemStyle: { borderColor: look.surface, borderWidth: 2 },
        /* The root of a figure is shaded: one that towers above all others must not make them pale. */
        data: rows.flatMap((row, y) => row.cells.map((cell, x) => ({
          ...item(cell), value: [x, y, Math.sqrt(cell.value ?? 0)], title: `${row.name} · ${columns[x].name}`,
          label: { color: written(Math.sqrt((cell.value ?? 0) / Math.max(most, 1)), look) },
        }))),
        label: { show: true, fontFamily: look.font, fontSize: look.size, formatter: ({ data }) => (data.value[2] ? data.words : "") },
      }],
    };
  }

  /* Scores with the ranges in which they lie; who shares a band lies on one ground. */
  function intervals({ rows }, look, table, width) {
    const base = frame(look, table);
    const known = rows.filter((row) => row.cells[0].value !== null);
    const lowest = Math.min(100, ...known.map((row) => row.cells[0].low));
    const letters = Math.max(6, Math.floor(Math.min(width * 0.36, look.rem * 12) / look.size));
    const bands = [...new Set(known.map((row) => row.cells[0].band))];
    const begins = Math.max(0, Math.floor(lowest / 10) * 10);
    const whisker = (params, api) => {
      const row = known[params.dataIndex];
      const cell = row.cells[0];
      const [left, y] = api.coord([cell.low, params.dataIndex]);
      const [right] = api.coord([cell.high, params.dataIndex]);
      const [at] = api.coord([cell.value, params.dataIndex]);
      const high = api.size([0, 1])[1];
      const { x, width: across } = params.coordSys;
      const line = (x1, y1, x2, y2, lineWidth) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: look.main, lineWidth } });
      return {
        type: "group",
        children: [
          { type: "rect", shape: { x, y: y - high / 2, width: across, height: high }, style: { fill: bands.indexOf(cell.band) % 2 ? look.surface : look.ground } },
          line(left, y, right, y, 2), line(left, y - 4, left, y + 4, 2), line(right, y - 4, right, y + 4, 2),
          { type: "circle", shape: { cx: at, cy: y, r: 5 }, style: { fill: cell.band ? look.main : look.surface, stroke: look.main, lineWidth: 2 } },
        ],
      };
    };
    return {
      ...base,
      height: Math.max(known.length, 1) * look.rem * 1.75 + look.rem * 2,
      aria: { enabled: true },
      grid: { left: 4, right: look.rem, top: 4, bottom: 4, containLabel: true },
      legend: undefined,
      tooltip: { ...base.tooltip, formatter: ({ data }) => `${data.title}\n${data.words}` },
      xAxis: { type: "value", min: begins, max: 100, ...base.axis },
      yAxis: {
        type: "category", inverse: true, data: known.map((row) => row.name), ...base.axis, splitLine: { show: false },
        axisLabel: { ...base.text, color: look.ink, interval: 0, formatter: (name, nth) => shorten(`${known[nth]?.cells[0].band ? `${known[nth].cells[0].band} · ` : ""}${known[nth]?.short ?? name}`, letters) },
      },
      series: [{
        type: "custom", renderItem: whisker, encode: { x: [0, 2, 3], y: 1 },
        data: known.map((row, nth) => ({ ...item(row.cells[0]), href: row.cells[0].href ?? row.href, value: [row.cells[0].value, nth, row.cells[0].low, row.cells[0].high], title: row.name, cursor: "pointer" })),
      }],
    };
  }

  const PICTURES = { bars, columns: columns_, lines, calendar, heat, intervals };

  /* -- figures --------------------------------------------------------------------------------------------- */

  const kept = (figure) => `chart-table ${figure.id}`;

  function remember(figure, isOpen) {
    try {
      if (figure.id) sessionStorage.setItem(kept(figure), isOpen ? "open" : "");
    } catch { /* without storage every figure begins as a picture */ }
  }

  function wasOpen(figure) {
    try {
      return figure.id !== "" && sessionStorage.getItem(kept(figure)) === "open";
    } catch {
      return false;
    }
  }

  function toggle(figure, holder) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link chart-toggle";
    const show = (isOpen) => {
      figure.classList.toggle("is-table-shown", isOpen);
      button.setAttribute("aria-expanded", String(isOpen));
      button.textContent = isOpen ? figure.dataset.pictureWords : figure.dataset.tableWords;
    };
    if (holder.id) button.setAttribute("aria-controls", holder.id);
    button.addEventListener("click", () => {
      const isOpen = !figure.classList.contains("is-table-shown");
      show(isOpen);
      remember(figure, isOpen);
    });
    show(wasOpen(figure));
    return button;
  }

  function follow(mark) {
    const href = mark.data?.href;
    if (!href) return;
    const { ctrlKey, metaKey } = mark.event?.event ?? {};
    if (ctrlKey || metaKey) window.open(href, "_blank", "noopener");
    else window.location.assign(href);
  }

  /* On paper a picture is as wide as a sheet and as light, and all its layers are one: paper knows none. */
  const SHEET = 700;
  const DOTS = 3;
  const paper = window.matchMedia("print");
  let isPrinting = false;

  function draw(figure) {
    const one = drawn.get(figure);
    const table = figure.querySelector("table[data-chart]");
    const picture = PICTURES[table.dataset.chart];
    const width = isPrinting ? SHEET : one.ground.clientWidth;
    if (!width || !picture) return;
    const said = read(table);
    const { height, text: _text, axis: _axis, ...option } = picture(said, look(Number(figure.dataset.scale ?? 1)), table, width);
    const least = figure.dataset.fill === undefined ? height : Math.max(figure.clientHeight - one.above(), 80);
    one.ground.style.height = `${Math.round(least)}px`;
    if (one.chart) one.chart.resize({ width, height: Math.round(least), silent: true });
    else {
      one.chart = window.echarts.init(one.ground, null, { renderer: "canvas", width, height: Math.round(least) });
      one.chart.on("click", follow);
    }
    option.aria = { ...option.aria, label: { description: said.caption } };
    if (!still.matches && !one.isKnown && "moving" in figure.dataset) option.animation = true;
    one.isKnown = true;
    one.chart.setOption(option, { notMerge: true, silent: true });
    one.width = width;
  }

  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const figure = target.parentElement;
      const one = figure && drawn.get(figure);
      if (one && !isPrinting && Math.abs(one.width - target.clientWidth) > 1) requestAnimationFrame(() => { if (drawn.has(figure)) draw(figure); });
    }
  });

  function begin(figure) {
    const table = figure.querySelector("table[data-chart]");
    if (!table || !(table.dataset.chart in PICTURES) || !read(table).rows.length) return;
    const holder = figure.querySelector(".chart-table") ?? table;
    const ground = document.createElement("div");
    ground.className = "chart-ground";
    ground.setAttribute("role", "img");
    ground.setAttribute("aria-label", read(table).caption);
    const before = holder.parentElement === figure ? holder : table;
    figure.insertBefore(ground, before);
    if (figure.dataset.tableWords) figure.insertBefore(toggle(figure, holder), before);
    figure.classList.add("is-drawn");
    const above = () => [...figure.children].filter((child) => child !== ground && child !== holder)
      .reduce((sum, child) => sum + child.offsetHeight, 0);
    drawn.set(figure, { ground, chart: null, width: 0, isKnown: false, above });
    draw(figure);
    sized.observe(ground);
  }

  function forget() {
    for (const [figure, one] of drawn) {
      if (figure.isConnected) continue;
      sized.unobserve(one.ground);
      one.chart?.dispose();
      drawn.delete(figure);
    }
  }

  function settle() {
    forget();
    for (const figure of document.querySelectorAll("figure[data-figure]")) if (!drawn.has(figure)) begin(figure);
  }

  function redraw() {
    for (const figure of drawn.keys()) draw(figure);
  }

  function start() {
    settle();
    document.addEventListener("htmx:afterSettle", settle);
    document.addEventListener("charts:look", settle);
    new MutationObserver(redraw).observe(root, { attributes: true, attributeFilter: ["data-theme", "data-size", "data-density"] });
    dark.addEventListener("change", redraw);
    window.addEventListener("beforeprint", () => print(true));
    window.addEventListener("afterprint", () => print(false));
    paper.addEventListener("change", () => print(paper.matches));
  }

  /* The library is large: a page for telephones names it, and it is fetched when a picture comes near. */
  function fetchWhenNear(library) {
    const near = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      near.disconnect();
      const script = document.createElement("script");
      script.src = library;
      script.addEventListener("load", start);
      document.head.append(script);
    }, { rootMargin: "200px" });
    for (const figure of document.querySelectorAll("figure[data-figure]")) near.observe(figure);
  }

  function print(isOn) {
    isPrinting = isOn;
    redraw();
    for (const one of drawn.values()) {
      const before = one.ground.querySelector(".chart-sheet");
      if (!isOn) before?.remove();
      if (!isOn || !one.chart) continue;
      const sheet = one.chart.renderToCanvas({ pixelRatio: DOTS });
      /* The pages are broken already when the colours of paper come: then nothing may move. */
      if (before?.height === sheet.height) {
        const over = before.getContext("2d");
        over.setTransform(1, 0, 0, 1, 0, 0);
        over.clearRect(0, 0, sheet.width, sheet.height);
        over.drawImage(sheet, 0, 0);
      } else {
        before?.remove();
        sheet.removeAttribute("style");
        sheet.className = "chart-sheet";
        one.ground.append(sheet);
      }
    }
  }
  window.hotlineCharts = { count: () => drawn.size };
  const { library } = document.currentScript.dataset;
  if (window.echarts) start();
  else if (library) fetchWhenNear(library);
})();
