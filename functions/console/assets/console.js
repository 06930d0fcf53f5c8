// What the pages do beyond plain HTML: local times, copying, the live log, and long CSV files.
"use strict";
(() => {
  const EVERY_MS = 4000, MOST_ROWS = 100000;
  const pad = (n) => String(n).padStart(2, "0");

  function showTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
      time.textContent = at.toLocaleString("en-US", { month: "short", day: "numeric", ...clock });
    }
  }

  function showCopying(root) {
    for (const button of root.querySelectorAll("button.copy")) {
      button.hidden = false;
      const label = button.textContent;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(button.dataset.copy);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Copying is not allowed here";
        }
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    }
  }

  // Times are sent in UTC, so that an address can be shared; people type their own.
  function localInputs() {
    for (const form of document.forms) {
      const inputs = [...form.querySelectorAll("input[type=datetime-local]")];
      if (inputs.length) localForm(form, inputs);
    }
  }

  function localForm(form, inputs) {
    for (const input of inputs) {
      input.labels[0].querySelector("small").textContent = "";
      if (!input.value) continue;
      const at = new Date(input.value + "Z");
      input.value = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
    }
    form.addEventListener("formdata", (event) => {
      for (const input of inputs) {
        if (input.value) event.formData.set(input.name, new Date(input.value).toISOString().slice(0, 16));
      }
      // Of an empty publisher the field stays: it says that the one of before is not meant any more.
      if (form.method === "get") for (const [name, value] of [...event.formData]) if (!value && name !== "publisher") event.formData.delete(name);
    });
  }

  // A button that is pressed twice asks once; a page that comes back may be sent again.
  function sendOnce() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if ("sent" in form.dataset) { event.preventDefault(); return; }
      form.dataset.sent = "";
      event.submitter?.setAttribute("aria-busy", "true");
    });
    addEventListener("pageshow", () => {
      for (const form of document.forms) delete form.dataset.sent;
      for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
    });
  }

  // All publishers' names, once somebody is about to type one; the browser does the rest.
  function suggestNames() {
    const list = document.querySelector("datalist[data-from]");
    if (!list) return;
    const input = list.parentElement.querySelector("input");
    input.addEventListener("focus", async () => {
      try {
        const answer = await fetch(list.dataset.from);
        if (!answer.ok) return;
        list.replaceChildren(...(await answer.json()).map((name) => new Option(name, name)));
      } catch { /* it can be typed */ }
    }, { once: true });
  }

  // On a phone the filters would stand before what is looked for, unless something is wrong in them.
  function foldFilters() {
    const filters = document.getElementById("filters");
    if (filters && !("needed" in filters.dataset) && matchMedia("(max-width:700px)").matches) filters.open = false;
  }

  function live() {
    const box = document.getElementById("live");
    if (!box) return;
    document.getElementById("live-switch").hidden = false;
    box.checked = sessionStorage.getItem("live") === "1";
    box.addEventListener("change", () => { sessionStorage.setItem("live", box.checked ? "1" : "0"); if (box.checked) look(); });
    async function look() {
      if (!box.checked || document.hidden) return;
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.status === 401) { location.reload(); return; }
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("rows"), old = document.getElementById("rows");
        if (fresh && !old.contains(document.activeElement)) { showTimes(fresh); old.replaceWith(fresh); }
      } catch { /* the next look may come through */ }
    }
    setInterval(look, EVERY_MS);
  }

  // Piece by piece, as one answer of the service's has its limit.
  function longFiles() {
    const link = document.getElementById("csv");
    if (!link) return;
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const label = link.textContent, parts = [];
      let rows = 0, cursor = "", failed = false;
      try {
        do {
          const url = new URL(link.href);
          url.searchParams.set("part", "1");
          if (cursor) url.searchParams.set("cursor", cursor);
          const answer = await fetch(url);
          if (!answer.ok) { failed = true; break; }
          parts.push(await answer.text());
          rows += Number(answer.headers.get("X-Rows"));
          cursor = answer.headers.get("X-Next-Cursor") || "";
          link.textContent = `${rows.toLocaleString("en-US")} rows`;
        } while (cursor && rows < MOST_ROWS);
      } catch { failed = true; }
      // The page at that address says what is wrong.
      if (failed && !parts.length) { location.href = link.href; return; }
      if (cursor || failed) parts.push(`(The file ends here after ${rows} rows; there are more. Narrow the dates.)\r\n`);
      const made = document.createElement("a");
      made.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
      made.download = "postback-log.csv";
      made.click();
      link.textContent = label;
    });
  }

  showTimes(document); showCopying(document); localInputs(); sendOnce(); suggestNames(); foldFilters(); live(); longFiles();
})();
