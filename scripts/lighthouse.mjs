// Measures the card of a running demo with Lighthouse, as a guest's phone opens it: with what the messenger has signed.
//
//   make demo &
//   make lighthouse                                   the demo on its usual address
//   make lighthouse DEMO=http://127.0.0.1:9000        another one
//
// npx fetches Lighthouse when it is not installed. The whole report is dist/lighthouse.html.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";

const demo = process.argv[2].replace(/\/$/, "");
const me = { user: 1001, bot: "kava_demo_bot" }; // the guest of the demo

async function api(path, body) {
  const answer = await fetch(`${demo}/sandbox/api/telegram${path}`, body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// waited asks for the chat until it holds what is looked for.
async function waited(find) {
  for (let since = 0, end = Date.now() + 30000; Date.now() < end;) {
    const chat = await api(`/chat?user=${me.user}&bot=${me.bot}`);
    const found = find(chat);
    if (found) return found;
    since = chat.version;
    await api(`/chat?user=${me.user}&bot=${me.bot}&since=${since}&wait=5`);
  }
  throw new Error("the chat never came to it");
}

const buttons = (chat) => chat.messages.flatMap((m) => (m.buttons || []).flat().map((b) => ({ ...b, message: m.message_id ?? m.id })));

const card = (chat) => buttons(chat).find((b) => b.web_app)?.web_app.url;
if (!card(await api(`/chat?user=${me.user}&bot=${me.bot}`).catch(() => ({ messages: [] })))) {
  await api("/start", { ...me, payload: "" });
  const join = await waited((chat) => card(chat) ? {} : buttons(chat).find((b) => b.callback_data?.startsWith("v1|guest|join")));
  if (join.callback_data) await api("/press", { ...me, message_id: join.message, data: join.callback_data });
}
const page = await waited(card);
const launch = await api("/open-app", { ...me, page, kind: "menu", theme: "light", platform: "android" });

mkdirSync("dist", { recursive: true });
const run = spawnSync(process.env.LIGHTHOUSE || "npx", [...(process.env.LIGHTHOUSE ? [] : ["--yes", "lighthouse"]), launch.url, "--quiet", "--output=json,html",
  "--output-path=dist/lighthouse", "--only-categories=performance,accessibility,best-practices", "--chrome-flags=--headless=new --no-sandbox"],
{ stdio: "inherit", env: { CHROME_PATH: "/usr/bin/chromium", ...process.env } });
if (run.status !== 0) process.exit(run.status ?? 1);
const { categories, audits } = JSON.parse(readFileSync("dist/lighthouse.report.json"));
for (const c of Object.values(categories)) console.log(`${c.title.padEnd(16)} ${Math.round(c.score * 100)}`);
for (const id of ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight"]) {
  console.log(`${audits[id].title.padEnd(32)} ${audits[id].displayValue}`);
}
for (const c of Object.values(categories)) {
  for (const { id } of c.auditRefs) if (audits[id].score !== null && audits[id].score < 0.9) console.log(`  ${c.title}: ${audits[id].title}`);
}
