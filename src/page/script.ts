import { createHash } from "node:crypto";

// The only script of any page. Each event brings the whole page; what is the same stays the node that it was, so that
// a video plays on, what was unfolded stays so, and nothing jumps.
const SCRIPT = `
const said = document.getElementById("live");
const say = (text, bad) => {
  if (said.textContent !== text) said.textContent = text;
  said.className = bad ? "bad" : "quiet";
};
const name = (node) =>
  node.nodeType !== 1 ? "" : node.id || (node.parentElement.matches(".cards") && node.querySelector("video")?.getAttribute("src")) || "";
const become = (old, next) => {
  if (old.id === "live" || old.isEqualNode(next)) return;
  if (old.nodeType !== 1 || old.tagName !== next.tagName || old.tagName === "svg") return old.replaceWith(next);
  for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  let at = old.firstChild;
  for (const child of [...next.childNodes]) {
    const named = name(child);
    const same = named === "" ? at : [...old.children].find((one) => name(one) === named);
    if (named === "" ? at === null || name(at) !== "" : same === undefined) {
      old.insertBefore(child, at);
      continue;
    }
    while (at !== same) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    at = same.nextSibling;
    become(same, child);
  }
  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
};
const source = new EventSource("events");
source.addEventListener("page", ({ data }) => {
  const next = new DOMParser().parseFromString(data, "text/html");
  for (const part of ["header", "main"]) become(document.querySelector(part), next.querySelector(part));
  say("Live: this page follows as it happens.", false);
});
source.addEventListener("unread", ({ data }) => say(data, true));
source.addEventListener("ended", ({ data }) => {
  source.close();
  say(data, false);
});
source.onerror = () =>
  say("The connection is gone: this is how it stood. It is tried again; if the command that served this page is over, close it.", true);
`;

// The page is the program's own and so is the script; what is written in prompts and names stays text.
const HASH = createHash("sha256").update(SCRIPT).digest("base64");

export const LIVE = {
  script: SCRIPT,
  policy: `default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; script-src 'sha256-${HASH}'; connect-src 'self'; base-uri 'none'; form-action 'none'`,
};
