/**
 * The page about clients: no snippet on it is without a test that runs it. The tests themselves are
 * in test/clients, because they need the clients.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  clientEnvironment,
  countBlocks,
  pageSnippet,
  snippetNames,
} from "../support/clients-page.ts";
import { summaryLine } from "../support/clients-summary.ts";

const CLIENTS = join(import.meta.dirname, "../clients");

describe("the page about clients", () => {
  it("names each of its snippets", () => {
    expect(snippetNames().length).toBeGreaterThan(10);
    expect(snippetNames()).toHaveLength(countBlocks());
  });

  it("has no snippet that no client's test runs", () => {
    const tests = readdirSync(CLIENTS, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFileSync(join(CLIENTS, file), "utf8"))
      .join("");
    // Every stage exports what this one says.
    const names = snippetNames().filter((name) => name !== "environment");
    expect(names.filter((name) => !tests.includes(`"${name}"`))).toEqual([]);
  });

  it("has the address of the server under test put into its snippets", () => {
    const url = "http://127.0.0.1:1234";
    for (const name of snippetNames()) {
      expect(pageSnippet(name, url)).toContain("127.0.0.1:1234");
      expect(pageSnippet(name, url)).not.toContain("9324");
    }
    expect(clientEnvironment(url)).toMatchObject({
      AWS_ENDPOINT_URL_SQS: url,
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
