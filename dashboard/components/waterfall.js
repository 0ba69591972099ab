// The agents of one run as a tree, each with its bar of time. Rows are made only for what is in sight, so that tens of
// thousands stay quick. Recorded names reach the page through textContent alone and can never run.

const ROW_PX = 28;
const INDENT_PX = 14;
const DEEPEST_INDENT = 14;
const OPEN_AT_FIRST = 60;
const HIGHEST_PX = 620;
const states = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const run = JSON.parse(new TextDecoder().decode(data));
  const before = states.get(parentElement);
  const view = before && before.run.id === run.id ? before : makeView(parentElement, run.id);
  view.pick = (id) => setTriggerValue("picked", id);
  load(view, run);
  states.set(parentElement, view);
  if (!before) new ResizeObserver(() => drawAxis(states.get(parentElement))).observe(view.axis);
}

function makeView(parentElement, runId) {
  const root = parentElement.querySelector(".waterfall");
  const view = {
    run: { id: runId },
    root,
    open: new Set(),
    words: "",
    list: root.querySelector(".list"),
    space: root.querySelector(".space"),
    axis: root.querySelector(".axis"),
    count: root.querySelector(".count"),
    fresh: true,
  };
  view.list.onscroll = () => draw(view);
  view.list.onkeydown = (event) => move(view, event);
  root.querySelector(".open-all").onclick = () => setOpen(view, true);
  root.querySelector(".close-all").onclick = () => setOpen(view, false);
  const search = root.querySelector(".search");
  search.oninput = () => {
    view.words = search.value.trim().toLowerCase();
    arrange(view);
  };
  return view;
}

function load(view, run) {
  view.run = run;
  view.children = run.names.map(() => []);
  view.roots = [];
  run.parents.forEach((parent, row) => (parent < 0 ? view.roots : view.children[parent]).push(row));
  view.rowOf = new Map(run.ids.map((id, row) => [id, row]));
  view.depths = new Array(run.names.length).fill(0);
  const pending = [...view.roots];
  while (pending.length) {
    const row = pending.pop();
    for (const child of view.children[row]) {
      view.depths[child] = view.depths[row] + 1;
      pending.push(child);
    }
  }
  if (view.fresh) openFirst(view);
  const picked = view.rowOf.get(run.selected);
  if (picked !== undefined) {
    for (let up = run.parents[picked]; up >= 0; up = run.parents[up]) view.open.add(run.ids[up]);
  }
  drawAxis(view);
  arrange(view);
  if (view.fresh && picked !== undefined) reveal(view, picked);
  view.fresh = false;
}

// Level by level while the rows still fit a screen or two.
function openFirst(view) {
  let level = view.roots;
  let shown = level.length;
  while (level.length) {
    const next = level.flatMap((row) => view.children[row]);
    if (shown + next.length > OPEN_AT_FIRST && shown > 1) break;
    level.forEach((row) => view.open.add(view.run.ids[row]));
    shown += next.length;
    level = next;
  }
}

function arrange(view) {
  const { run, words } = view;
  view.rows = [];
  if (words) {
    run.names.forEach((name, row) => {
      if (name.toLowerCase().includes(words)) view.rows.push(row);
    });
  } else {
    const pending = [...view.roots].reverse();
    while (pending.length) {
      const row = pending.pop();
      view.rows.push(row);
      if (view.open.has(run.ids[row])) {
        for (let i = view.children[row].length - 1; i >= 0; i--) pending.push(view.children[row][i]);
      }
    }
  }
  const total = run.names.length;
  const agents = `${total.toLocaleString("en")} ${total === 1 ? "agent" : "agents"}`;
  const shown = view.rows.length;
  view.count.textContent = shown < total ? `showing ${shown.toLocaleString("en")} of ${agents}` : agents;
  view.space.style.height = `${view.rows.length * ROW_PX}px`;
  view.list.style.height = `${Math.min(Math.max(view.rows.length, 1) * ROW_PX + 2, HIGHEST_PX)}px`;
  draw(view);
}

function draw(view) {
  const first = Math.max(0, Math.floor(view.list.scrollTop / ROW_PX) - 4);
  const last = Math.min(view.rows.length, first + Math.ceil(HIGHEST_PX / ROW_PX) + 8);
  const shown = document.createDocumentFragment();
  for (let place = first; place < last; place++) shown.append(drawRow(view, view.rows[place], place));
  view.space.replaceChildren(shown);
}

function drawRow(view, row, place) {
  const { run } = view;
  const line = make("div", "row");
  line.style.top = `${place * ROW_PX}px`;
  line.dataset.id = run.ids[row];
  line.setAttribute("role", "treeitem");
  line.setAttribute("aria-level", String(view.depths[row] + 1));
  line.setAttribute("aria-selected", String(run.ids[row] === run.selected));
  line.onclick = () => view.pick(run.ids[row]);

  const label = make("div", "label");
  label.style.paddingLeft = `${Math.min(view.words ? 0 : view.depths[row], DEEPEST_INDENT) * INDENT_PX}px`;
  label.append(drawTwist(view, row), drawTier(run, row));
  const name = make("span", "name", run.names[row]);
  name.title = run.names[row];
  label.append(name);
  if (run.statuses[row] !== "ok") label.append(make("span", `status ${run.statuses[row]}`, run.statuses[row]));
  line.append(label, make("div", "time", run.durations[row]), drawBar(run, row));
  return line;
}

function drawTwist(view, row) {
  const id = view.run.ids[row];
  const below = view.children[row].length;
  const isOpen = view.open.has(id);
  const twist = make("button", "twist", below && !view.words ? (isOpen ? "▾" : "▸") : "");
  if (!below || view.words) {
    twist.disabled = true;
    return twist;
  }
  twist.title = isOpen ? "close" : `open ${below} below`;
  twist.onclick = (event) => {
    event.stopPropagation();
    if (isOpen) view.open.delete(id);
    else view.open.add(id);
    arrange(view);
  };
  return twist;
}

function drawTier(run, row) {
  const tier = run.tiers[row];
  const badge = make("span", "tier", tier === null ? "?" : String(tier));
  badge.style.background = colour(run, row);
  badge.title = tier === null ? "no tier: its parent never came" : `tier ${tier}`;
  return badge;
}

function colour(run, row) {
  const tier = run.tiers[row];
  return tier === null ? run.no_tier_colour : run.colours[tier % run.colours.length];
}

function drawBar(run, row) {
  const track = make("div", "track");
  const start = run.starts[row];
  const end = run.ends[row];
  if (start === null || end === null || !(run.span_ms > 0)) return track;
  const bar = make("div", `bar ${run.statuses[row]}`);
  bar.style.left = `${(start / run.span_ms) * 100}%`;
  bar.style.width = `max(2px, ${((end - start) / run.span_ms) * 100}%)`;
  bar.style.background = colour(run, row);
  bar.title = `${run.names[row]}: ${run.durations[row]}`;
  track.append(bar);
  return track;
}

function drawAxis(view) {
  const ticks = view.run.ticks.map(([place, text]) => {
    const tick = make("span", place > 0.9 ? "tick last" : "tick", text);
    tick.style.left = `${place * 100}%`;
    return tick;
  });
  view.axis.replaceChildren(...ticks);
  // The last one tells how long the run took: from there back, those stay that have room.
  let edge = Infinity;
  for (const tick of ticks.reverse()) {
    const box = tick.getBoundingClientRect();
    if (box.right > edge) tick.remove();
    else edge = box.left;
  }
}

function setOpen(view, isOpen) {
  view.open = new Set(isOpen ? view.run.ids : []);
  arrange(view);
}

function reveal(view, row) {
  const place = view.rows.indexOf(row);
  if (place >= 0) view.list.scrollTop = Math.max(0, place * ROW_PX - HIGHEST_PX / 2);
}

function move(view, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const place = view.rows.indexOf(view.rowOf.get(view.run.selected)) + step;
  const next = view.rows[Math.min(Math.max(place, 0), view.rows.length - 1)];
  if (next !== undefined) view.pick(view.run.ids[next]);
}

function make(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
