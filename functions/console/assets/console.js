// Adds to the pages what HTML cannot do: local times, copying, live updates, and long CSV files.
"use strict";
(() => {
  const LIVE_INTERVAL_MS = 4000;
  const MAX_CSV_ROWS = 100000;
  const isPhone = () => matchMedia("(max-width:700px)").matches;
  const count = (rows) => `${rows.toLocaleString("en-US")} ${rows === 1 ? "row" : "rows"}`;
  const pad = (number) => String(number).padStart(2, "0");

  function showLocalTimes(root) {
    const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const year = at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
      const options = { month: "short", day: "numeric", ...year, ...clock };
      time.textContent = at.toLocaleString("en-US", options);
    }
  }

  function showCopyButtons() {
    for (const button of document.querySelectorAll("button.copy")) {
      button.hidden = false;
      const label = button.textContent;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(button.dataset.copy);
          button.textContent = "Copied";
        } catch {
          button.textContent = "The browser does not allow copying";
        }
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    }
  }

  // People type times in their own zone. Forms send UTC, so that an address can be shared.
  function convertTimeFields() {
    for (const form of document.forms) {
      const inputs = [...form.querySelectorAll("input[type=datetime-local]")];
      if (inputs.length) convertTimes(form, inputs);
    }
  }

  function convertTimes(form, inputs) {
    for (const input of inputs) {
      input.labels[0].querySelector("small").textContent = "";
      if (!input.value) continue;
      const at = new Date(input.value + "Z");
      const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
      input.value = `${date}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
    }
    form.addEventListener("formdata", (event) => {
      for (const input of inputs) {
        if (input.value) event.formData.set(input.name, new Date(input.value).toISOString().slice(0, 16));
      }
      if (form.method === "get") dropEmptyFields(event.formData);
    });
  }

  function dropEmptyFields(formData) {
    for (const [name, value] of [...formData]) {
      // An empty publisher is sent: it clears the publisher that was chosen before.
      if (!value && name !== "publisher") formData.delete(name);
    }
  }

  // Sends a form once even if its button is pressed twice. After going back it can be sent again.
  function sendFormsOnce() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if ("sent" in form.dataset) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "";
      event.submitter?.setAttribute("aria-busy", "true");
    });
    addEventListener("pageshow", () => {
      for (const form of document.forms) delete form.dataset.sent;
      for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
    });
  }

  // Loads all publishers' names when the field gets the focus. The browser suggests from them.
  function suggestPublishers() {
    const list = document.querySelector("datalist[data-from]");
    if (!list) return;
    const input = list.parentElement.querySelector("input");
    input.addEventListener("focus", async () => {
      try {
        const response = await fetch(list.dataset.from);
        if (!response.ok) return;
        const names = await response.json();
        list.replaceChildren(...names.map((name) => new Option(name, name)));
      } catch {
        // The field works without suggestions.
      }
    }, { once: true });
  }

  // On a phone, open filters would push the results off the screen.
  function foldFilters() {
    const filters = document.getElementById("filters");
    if (filters && !("needed" in filters.dataset) && isPhone()) filters.open = false;
  }

  function updateLive() {
    const box = document.getElementById("live");
    if (!box) return;
    document.getElementById("live-switch").hidden = false;
    box.checked = sessionStorage.getItem("live") === "1";
    box.addEventListener("change", () => {
      sessionStorage.setItem("live", box.checked ? "1" : "0");
      if (box.checked) update();
    });
    async function update() {
      if (!box.checked || document.hidden) return;
      try {
        const response = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (response.status === 401) {
          location.reload();
          return;
        }
        if (response.ok) replaceRows(await response.text());
      } catch {
        // The next update may succeed.
      }
    }
    setInterval(update, LIVE_INTERVAL_MS);
  }

  function replaceRows(html) {
    const newRows = new DOMParser().parseFromString(html, "text/html").getElementById("rows");
    const oldRows = document.getElementById("rows");
    if (newRows && !oldRows.contains(document.activeElement)) {
      showLocalTimes(newRows);
      oldRows.replaceWith(newRows);
    }
  }

  // Downloads a CSV file in parts, since one response of the service is limited in size.
  function downloadLongFiles() {
    const link = document.getElementById("csv");
    if (!link) return;
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const label = link.textContent;
      const parts = [];
      let rows = 0;
      let cursor = "";
      let failed = false;
      try {
        do {
          const response = await fetch(partUrl(link.href, cursor));
          if (!response.ok) {
            failed = true;
            break;
          }
          parts.push(await response.text());
          rows += Number(response.headers.get("X-Rows"));
          cursor = response.headers.get("X-Next-Cursor") || "";
          link.textContent = count(rows);
        } while (cursor && rows < MAX_CSV_ROWS);
      } catch {
        failed = true;
      }
      if (failed && !parts.length) {
        // The page at this address explains the error.
        location.href = link.href;
        return;
      }
      if (cursor || failed) {
        parts.push(`(The file ends here after ${count(rows)}. More may follow: narrow the dates.)\r\n`);
      }
      save(new Blob(parts, { type: "text/csv" }), "postback-log.csv");
      link.textContent = label;
    });
  }

  function partUrl(href, cursor) {
    const url = new URL(href);
    url.searchParams.set("part", "1");
    if (cursor) url.searchParams.set("cursor", cursor);
    return url;
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
  }

  showLocalTimes(document);
  showCopyButtons();
  convertTimeFields();
  sendFormsOnce();
  suggestPublishers();
  foldFilters();
  updateLive();
  downloadLongFiles();
})();
