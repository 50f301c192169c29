/**
 * The pages about clients and about coming from other servers: no snippet on them is without a test that
 * runs it. The tests themselves are in test/clients and test/local, because they need clients and servers.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { summaryLine } from "../support/clients-summary.ts";
import { CLIENTS_PAGE, DocsPage } from "../support/docs-page.ts";

const PAGES = [
  { name: "clients.md", snippets: 11 },
  { name: "migrating-from-localstack.md", snippets: 8 },
  { name: "migrating-from-elasticmq.md", snippets: 5 },
  { name: "client-side-encryption.md", snippets: 2 },
  { name: "security.md", snippets: 6 },
];
const FOLDERS = ["clients", "local"].map((name) => join(import.meta.dirname, "..", name));
const URL = "http://127.0.0.1:1234";

function testTexts(): string {
  const files = FOLDERS.flatMap((folder) => {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.filter((name) => name.endsWith(".test.ts")).map((name) => join(folder, name));
  });
  return files.map((file) => readFileSync(file, "utf8")).join("");
}

/** A test's mere mention of a client is no run: the snippet is what is run, started or put into a file. */
function isRun(tests: string, snippet: string): boolean {
  const named = `"${snippet}"`;
  const runs = tests.split("printedBySnippet(").slice(1);
  const started = [
    "snippet: ",
    "start: ",
    "queues: ",
    ".shell(",
    ".script(",
    ".snippet(",
    ".exports(",
  ];
  return (
    runs.some((run) => run.slice(0, run.indexOf(";")).includes(`name: ${named}`)) ||
    started.some((word) => tests.includes(word + named))
  );
}

describe.each(PAGES)("the page $name", ({ name, snippets }) => {
  const page = new DocsPage(name);

  it("names each of its snippets", () => {
    expect(page.snippetNames().length).toBeGreaterThanOrEqual(snippets);
    expect(page.snippetNames()).toHaveLength(page.countBlocks());
  });

  it("has no snippet that no test runs", () => {
    const tests = testTexts();
    // Every stage exports what this one says.
    const names = page.snippetNames().filter((snippet) => snippet !== "environment");
    expect(names.filter((snippet) => !isRun(tests, snippet))).toEqual([]);
  });

  it("has the address of the server under test put into its snippets", () => {
    for (const snippet of page.snippetNames()) {
      expect(page.snippet(snippet, URL)).not.toMatch(/9324|4566/);
    }
  });

  it("links to what is there", () => {
    const links = page.text.matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g);
    const targets = [...links].map(([, target = ""]) => target);
    const local = targets.filter((target) => !target.startsWith("http"));
    const docs = join(import.meta.dirname, "../../docs");
    for (const target of local) expect(() => readFileSync(join(docs, target))).not.toThrow();
  });
});

describe("the page about clients", () => {
  it("says what to export for the server under test", () => {
    expect(CLIENTS_PAGE.exports("environment", URL)).toMatchObject({
      AWS_ENDPOINT_URL_SQS: URL,
      AWS_REGION: "us-east-1",
    });
  });
});

describe("the summary of a run of the clients", () => {
  it("says how many ran, and why others did not", () => {
    const skipped = new Map([["Ruby", "ruby is not installed"]]);
    expect(summaryLine(new Set(["Go", "boto3"]), skipped)).toBe(
      "2 clients ran: Go, boto3. Skipped: Ruby (ruby is not installed).",
    );
  });

  it("says that none ran", () => {
    const skipped = new Map([["Ruby", "ruby is not installed"]]);
    expect(summaryLine(new Set(), skipped)).toBe(
      "No client ran. Skipped: Ruby (ruby is not installed).",
    );
  });

  it("says that none was skipped", () => {
    expect(summaryLine(new Set(["Go"]), new Map())).toBe("1 client ran: Go. None was skipped.");
  });
});
