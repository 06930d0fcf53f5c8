"use strict";

const form = document.getElementById("posting");
const shown = document.getElementById("answer");
const button = form.querySelector("button");
const advice = document.getElementById("advice").content;

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

// JSON and forms have no spaces: lines are to break between their members, not in words.
function code(text) {
  const made = element("pre", "");
  const pieces = text.split(/(?<=[,:{&])/);
  made.append(...pieces.flatMap((piece) => [piece, document.createElement("wbr")]));
  return made;
}

function parameters() {
  const sent = new URLSearchParams({ caller_number: form.elements.caller.value });
  for (const line of form.elements.tags.value.split("\n")) {
    const [name, ...value] = line.split("=");
    if (line.trim()) sent.append(name.trim(), value.join("=").trim());
  }
  return sent;
}

function statusOf(text) {
  try {
    return JSON.parse(text).status;
  } catch {
    return undefined;
  }
}

// What the page says about an answer: about its code and status, its code, or any other.
function adviceFor(status, text) {
  const found = [`${status} ${statusOf(text)}`, String(status), ""]
    .map((answer) => [...advice.children].find((it) => it.dataset.answer === answer))
    .find(Boolean);
  return found.cloneNode(true);
}

async function send(body) {
  const sent = performance.now();
  const answer = await fetch(form.dataset.link, {
    method: "POST",
    body,
    signal: AbortSignal.timeout(35_000),
  });
  const text = await answer.text();
  return { status: answer.status, text, milliseconds: performance.now() - sent };
}

function showAnswer(body, { status, text, milliseconds }) {
  const isGood = status === 200;
  const headline = `${isGood ? "✓" : "✗"} ${status}, after ${Math.round(milliseconds)} ms`;
  shown.replaceChildren(
    element("p", headline, isGood ? "good" : "bad"),
    code(text),
    adviceFor(status, text),
    element("p", "This is what was sent, by POST to your posting link:"),
    code(String(body)),
  );
}

function showFailure(error) {
  const host = new URL(form.dataset.link).host;
  shown.replaceChildren(
    element("p", "✗ No answer came", "bad"),
    element("pre", `${error.name}: ${error.message}`),
    element(
      "p",
      `The browser could not reach ${host}, or was not let. Is this device online? ` +
        "Does an ad blocker, a firewall or a proxy stop the request? Then send it again.",
    ),
  );
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = parameters();
  button.disabled = true;
  shown.replaceChildren(element("p", `Sending ${body} …`, "sending"));
  try {
    showAnswer(body, await send(body));
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
