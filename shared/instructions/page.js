"use strict";

const form = document.getElementById("posting");
const output = document.getElementById("response");
const button = form.querySelector("button");
const advice = document.getElementById("advice").content;

function element(name, text, className) {
  const created = document.createElement(name);
  created.textContent = text;
  if (className) created.className = className;
  return created;
}

// JSON and forms have no spaces: let lines break between their members, not within words.
function code(text) {
  const block = element("pre", "");
  const pieces = text.split(/(?<=[,:{&])/);
  block.append(...pieces.flatMap((piece) => [piece, document.createElement("wbr")]));
  return block;
}

function parameters() {
  const result = new URLSearchParams({ caller_number: form.elements.caller.value });
  for (const line of form.elements.tags.value.split("\n")) {
    const [name, ...value] = line.split("=");
    if (line.trim()) result.append(name.trim(), value.join("=").trim());
  }
  return result;
}

// Returns the first line that has no name and equals sign; undefined if all have.
function lineWithoutName() {
  const lines = form.elements.tags.value.split("\n").map((line) => line.trim());
  return lines.find((line) => line && line.indexOf("=") < 1);
}

function statusOf(text) {
  try {
    return JSON.parse(text).status;
  } catch {
    return undefined;
  }
}

// Returns the advice for a response: by its code and status, by its code, or for any other.
function adviceFor(status, text) {
  const found = [`${status} ${statusOf(text)}`, String(status), ""]
    .map((name) => [...advice.children].find((each) => each.dataset.response === name))
    .find(Boolean);
  return found.cloneNode(true);
}

async function send(body) {
  const start = performance.now();
  const response = await fetch(form.dataset.link, {
    method: "POST",
    body,
    signal: AbortSignal.timeout(35_000),
  });
  const text = await response.text();
  return { status: response.status, text, milliseconds: performance.now() - start };
}

function showResponse(body, { status, text, milliseconds }) {
  const isGood = status === 200;
  const headline = `${isGood ? "✓" : "✗"} ${status}, after ${Math.round(milliseconds)} ms`;
  output.replaceChildren(
    element("p", headline, isGood ? "good" : "bad"),
    code(text),
    adviceFor(status, text),
    element("p", "This was sent, by POST, to your posting link:"),
    code(String(body)),
  );
}

function showLine(line) {
  output.replaceChildren(
    element("p", "✗ Not sent", "bad"),
    code(line),
    element("p", "This line has no name or no equals sign. Write each tag as name=value."),
  );
  form.elements.tags.focus();
}

function showFailure(error) {
  const host = new URL(form.dataset.link).host;
  output.replaceChildren(
    element("p", "✗ No response", "bad"),
    element("pre", `${error.name}: ${error.message}`),
    element(
      "p",
      `The browser could not reach ${host}. Check that this device is online, and that no ad ` +
        "blocker, firewall or proxy stops the request. Then send it again.",
    ),
  );
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = lineWithoutName();
  form.elements.tags.setAttribute("aria-invalid", String(line !== undefined));
  if (line !== undefined) return showLine(line);
  const body = parameters();
  button.disabled = true;
  output.replaceChildren(element("p", `Sending ${body} …`, "sending"));
  try {
    showResponse(body, await send(body));
  } catch (error) {
    showFailure(error);
  } finally {
    button.disabled = false;
  }
});

function addCopyButton(block) {
  const copy = element("button", "Copy", "copy");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector("pre").textContent);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(block.querySelector("pre"));
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
  block.append(copy);
}

document.querySelectorAll(".code").forEach(addCopyButton);

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
