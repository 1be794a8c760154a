"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const input = one("q"), hits = one("hits"), all = one("all");
  const slugs = document.body.dataset.slugs.split(" ").sort((a, b) => b.length - a.length);

  // A case of a target is a card; the rows of the matrix are links to cards.
  const cards = [...document.querySelectorAll(".cards[data-slug] > details")].map((box) => {
    const anchor = box.lastElementChild.id;
    const slug = slugs.find((slug) => anchor.startsWith(slug + "-"));
    return {
      box, anchor, slug,
      id: anchor.slice(slug.length + 1),
      section: box.parentElement.dataset.slug,
      words: box.firstElementChild.textContent.toLowerCase().replace(/\s+/g, " "),
      red: Boolean(box.dataset.s),
      open: box.open,
    };
  });
  const known = new Map(cards.map((card) => [card.anchor, card]));
  const rows = [...document.querySelectorAll(".matrix tbody tr")].map((row) => ({
    row,
    cards: [...row.querySelectorAll("a")].map((link) => known.get(link.hash.slice(1))).filter(Boolean),
  }));
  const sections = [...document.querySelectorAll(".sec")].map((box) => ({ box, open: box.open }));

  const meets = (card, word) => {
    const [, key, value] = word.match(/^(target|section):(.*)$/) || [];
    if (key === "target") return card.slug.toLowerCase().includes(value);
    if (key === "section") return card.section.startsWith(value) || card.id.split(".")[0] === value;
    if (/^[a-z]?\d+(\.\d+)*(\.\*)?$/.test(word)) {
      const id = word.replace(".*", "");
      const code = /^\d{3,}$/.test(id) && card.words.includes(id);
      return code || (card.id.toLowerCase() + ".").startsWith(id + ".");
    }
    if (word === "failed") return card.red || card.words.includes("failed");
    return card.words.includes(word);
  };

  let state = { q: "", at: "" };
  const read = () => {
    const hash = location.hash.slice(1);
    if (!/^(q|at)=/.test(hash)) return { q: "", at: decode(hash) };
    const fields = new URLSearchParams(hash);
    return { q: fields.get("q") || "", at: fields.get("at") || "" };
  };
  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return text; }
  };
  const write = () => {
    const fields = new URLSearchParams();
    if (state.q) fields.set("q", state.q);
    if (state.at) fields.set("at", state.at);
    const hash = state.q ? "#" + fields : state.at ? "#" + state.at : location.pathname + location.search;
    history.replaceState(null, "", hash);
  };

  const filter = (text) => {
    state.q = text.trim();
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      card.hit = words.every((word) => meets(card, word));
      card.box.hidden = !card.hit;
      count += card.hit;
    }
    for (const { row, cards } of rows) row.hidden = !cards.some((card) => card.hit);
    for (const { box, open } of sections) {
      const some = box.querySelector("tbody tr:not([hidden])");
      box.hidden = !some;
      box.open = words.length ? Boolean(some) : open;
    }
    for (const box of document.querySelectorAll(".cards[data-slug]")) {
      box.hidden = !box.querySelector(":scope > details:not([hidden])");
    }
    hits.textContent = words.length ? `${count} of ${cards.length}` : "";
  };

  const show = (anchor) => {
    const target = one(anchor);
    if (!target) return;
    const card = known.get(anchor);
    if (card && !card.hit) {
      input.value = "";
      filter("");
    }
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    (card ? card.box : target).scrollIntoView({ block: "start" });
    if (card) card.box.firstElementChild.focus({ preventScroll: true });
  };

  const step = (by) => {
    const list = cards.filter((card) => card.hit && card.red);
    if (!list.length) {
      hits.textContent = "none failing";
      return;
    }
    const now = cards.findIndex((card) => card.anchor === state.at);
    const after = by > 0
      ? list.find((card) => cards.indexOf(card) > now) || list[0]
      : list.findLast((card) => now < 0 || cards.indexOf(card) < now) || list[list.length - 1];
    state.at = after.anchor;
    write();
    show(after.anchor);
    hits.textContent = `${list.indexOf(after) + 1} of ${list.length} failing`;
  };

  const toggle = () => {
    const open = all.getAttribute("aria-pressed") !== "true";
    all.setAttribute("aria-pressed", open);
    all.textContent = open ? "Close all" : "Expand all";
    for (const card of cards) if (card.hit) card.box.open = open;
  };

  // What is wider than the page can be scrolled by keyboard.
  const reach = (box) => {
    for (const part of box.querySelectorAll(".scroll, .cards div > pre")) {
      if (part.scrollWidth > part.clientWidth) {
        part.tabIndex = 0;
        part.setAttribute("role", "group");
        part.setAttribute("aria-label", part.tagName === "PRE" ? "Frames" : "Table");
      }
    }
  };

  const copy = (code, button) => {
    const done = () => {
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    };
    const select = () => {
      getSelection().selectAllChildren(code);
      if (document.execCommand("copy")) done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, select);
    else select();
  };
  for (const code of document.querySelectorAll(".cards p code, .cure code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the command");
    button.addEventListener("click", () => copy(code, button));
    code.after(button);
  }

  one("search").hidden = false;
  one("search").addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    state.at = "";
    filter(input.value);
    write();
  });
  one("prev").addEventListener("click", () => step(-1));
  one("next").addEventListener("click", () => step(1));
  all.addEventListener("click", toggle);
  document.addEventListener("toggle", (event) => event.target.open && reach(event.target), true);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === input) {
      if (event.key === "Escape") {
        input.value = "";
        filter("");
        write();
        input.blur();
      }
      return;
    }
    const acts = { n: () => step(1), p: () => step(-1), e: toggle, "/": () => input.focus() };
    const act = acts[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  const follow = () => {
    const { q, at } = read();
    // A link within the page leaves the filter as it is.
    if (q || !at) input.value = q;
    state.at = known.has(at) ? at : "";
    filter(input.value);
    if (at) show(at);
  };
  addEventListener("hashchange", follow);
  reach(document);
  follow();
})();
