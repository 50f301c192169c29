/**
 * The source tree keeps its rules: layers, purity, cycles, sizes, names. The first test is the
 * check itself; the others show, on small samples, that each rule bites.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  complaints,
  fileLengthComplaints,
  functionLengthComplaints,
  headerComplaints,
  importComplaints,
  importCycles,
  impurityComplaints,
  MAXIMUM_FILE_LINES,
  MAXIMUM_FUNCTION_LINES,
  nameComplaints,
  type SourceFile,
  unfinishedComplaints,
} from "./tidy-rules.ts";

const ROOT = join(import.meta.dirname, "../..");

function sourceFiles(): SourceFile[] {
  return ["src", "test"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") || name.endsWith(".tsx"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") })),
  );
}

function lines(count: number): string {
  return "  work();\n".repeat(count);
}

describe("the source tree", () => {
  it("is tidy", () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(50);
    expect(complaints(files)).toEqual([]);
  });
});

describe("an import", () => {
  const allowed = [
    ["src/protocol/a.ts", 'import { b } from "./b.ts";'],
    ["src/protocol/sigv4/a.ts", 'import { b } from "../b.ts";'],
    ["src/router/a.ts", 'import { b } from "../protocol/sigv4/b.ts";'],
    ["src/domain/a.ts", 'import { createHmac } from "node:crypto";'],
    ["src/domain/policy/a.ts", 'import { b } from "../b.ts";'],
    ["src/storage/a.ts", 'import { b } from "../domain/b.ts";'],
    ["src/storage/a.ts", 'import { b } from "../domain/policy/b.ts";'],
    ["src/objects/a.ts", 'import { b } from "../storage/b.ts";'],
    ["src/objects/a.ts", 'import { DurableObject } from "cloudflare:workers";'],
    ["src/router/a.ts", 'import { b } from "../protocol/b.ts";'],
    ["src/router/a.ts", 'import type { B } from "../objects/b.ts";'],
    ["src/local/a.ts", 'import net from "node:net";'],
    ["src/app.ts", 'import { b } from "./router/b.ts";'],
    ["src/domain/a.ts", '// import { b } from "../protocol/b.ts";'],
  ];
  it.each(allowed)("that the layers allow is fine: %s %s", (path, text) => {
    expect(importComplaints({ path, text })).toEqual([]);
  });

  const forbidden = [
    ["src/protocol/a.ts", 'import { b } from "../domain/b.ts";'],
    ["src/protocol/a.ts", 'import type { B } from "../domain/b.ts";'],
    ["src/protocol/sigv4/a.ts", 'import { b } from "../../domain/b.ts";'],
    ["src/protocol/a.ts", 'import { Hono } from "hono";'],
    ["src/domain/a.ts", 'import { b } from "../storage/b.ts";'],
    ["src/domain/a.ts", 'import { DurableObject } from "cloudflare:workers";'],
    ["src/domain/a.ts", 'export { b } from "../protocol/b.ts";'],
    ["src/domain/a.ts", 'import {\n  b,\n  type C,\n} from "../router/b.ts";'],
    ["src/domain/a.ts", 'import "../router/b.ts";'],
    ["src/domain/policy/a.ts", 'import { b } from "../../protocol/b.ts";'],
    ["src/storage/a.ts", 'import { b } from "../objects/b.ts";'],
    ["src/storage/a.ts", 'import { DatabaseSync } from "node:sqlite";'],
    ["src/objects/a.ts", 'import { b } from "../router/b.ts";'],
    ["src/objects/a.ts", 'import { b } from "../protocol/b.ts";'],
    ["src/router/a.ts", 'import { B } from "../objects/b.ts";'],
    ["src/router/a.ts", 'import { b } from "../storage/b.ts";'],
    ["src/router/a.ts", 'import fs from "node:fs";'],
    ["src/app.ts", 'import { b } from "./local/b.ts";'],
    ["src/local/a.ts", 'const b = await import("../domain/b.ts");'],
    ["src/helping/a.ts", ""],
  ];
  it.each(forbidden)("that crosses the layers is found: %s %s", (path, text) => {
    expect(importComplaints({ path, text })).toHaveLength(1);
  });

  it("is found with its line", () => {
    const text = '/* one\n two */\nimport { b } from "../router/b.ts";\n';
    expect(importComplaints({ path: "src/domain/a.ts", text })).toEqual([
      "src/domain/a.ts:3: domain may not import ../router/b.ts",
    ]);
  });
});

describe("an import cycle", () => {
  const file = (path: string, ...imports: string[]): SourceFile => ({
    path: `src/domain/${path}`,
    text: imports.map((name) => `import type { X } from "./${name}";`).join("\n"),
  });

  it("is found, type-only imports included", () => {
    const files = [file("a.ts", "b.ts"), file("b.ts", "c.ts"), file("c.ts", "a.ts")];
    expect(importCycles(files)).toEqual([
      ["src/domain/a.ts", "src/domain/b.ts", "src/domain/c.ts", "src/domain/a.ts"],
    ]);
  });

  it("is not seen in two ways to one file", () => {
    const files = [file("a.ts", "b.ts", "c.ts"), file("b.ts", "c.ts"), file("c.ts")];
    expect(importCycles(files)).toEqual([]);
  });
});

describe("a pure layer", () => {
  it.each([
    "const now = Date.now();",
    "const now = new Date();",
    "const now = performance.now();",
    "const chance = Math.random();",
    "const id = crypto.randomUUID();",
    "const bytes = randomBytes(8);",
    "crypto.getRandomValues(bytes);",
    "setTimeout(run, 10);",
    "async function run() {}",
    "const later = Promise.resolve();",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is a template itself
    "const text = `at ${Date.now()}`;",
  ])("may not hold: %s", (text) => {
    expect(impurityComplaints({ path: "src/domain/a.ts", text })).not.toEqual([]);
    expect(impurityComplaints({ path: "src/storage/a.ts", text })).not.toEqual([]);
    expect(impurityComplaints({ path: "src/objects/a.ts", text })).toEqual([]);
  });

  it.each([
    "// never Date.now(): the clock is an argument",
    "/**\n * No Promise here.\n */",
    'const text = "an async word";',
    "const at = new Date(nowMs);",
    "const pattern = /^async[\"']/;",
  ])("may hold: %s", (text) => {
    expect(impurityComplaints({ path: "src/domain/a.ts", text })).toEqual([]);
  });

  it("is read past a string that looks like a comment", () => {
    const text = 'const url = "http://millrace"; const now = Date.now();';
    expect(impurityComplaints({ path: "src/domain/a.ts", text })).toHaveLength(1);
  });
});

describe("a file", () => {
  it("starts with a comment that says what it is", () => {
    const header = "/**\n * Queue: what it is.\n */\n";
    expect(headerComplaints({ path: "src/a.ts", text: header })).toEqual([]);
    expect(headerComplaints({ path: "src/a.ts", text: `#!/usr/bin/env node\n${header}` })).toEqual(
      [],
    );
    expect(headerComplaints({ path: "src/a.ts", text: "/** Short. */\n" })).toHaveLength(1);
    expect(headerComplaints({ path: "src/a.ts", text: `export {};\n${header}` })).toHaveLength(1);
  });

  it("is not longer than one thing needs", () => {
    const atLimit = { path: "src/a.ts", text: lines(MAXIMUM_FILE_LINES) };
    const above = { path: "src/a.ts", text: lines(MAXIMUM_FILE_LINES + 1) };
    expect(fileLengthComplaints(atLimit)).toEqual([]);
    expect(fileLengthComplaints(above)).toHaveLength(1);
  });

  it.each([
    "src/domain/utils.ts",
    "src/common/a.ts",
    "test/support/types.ts",
    "src/domain/index.ts",
  ])("has a name that says something, unlike %s", (path) => {
    expect(nameComplaints({ path, text: "" })).toHaveLength(1);
  });

  it("may be the Worker's entry, src/index.ts", () => {
    expect(nameComplaints({ path: "src/index.ts", text: "" })).toEqual([]);
  });

  it("is finished", () => {
    const word = ["TO", "DO"].join("");
    expect(unfinishedComplaints({ path: "src/a.ts", text: `// ${word}: more` })).toHaveLength(1);
    expect(unfinishedComplaints({ path: "src/a.ts", text: "// nothing to do" })).toEqual([]);
  });
});

describe("a function", () => {
  it.each([
    ["function run(): void {", "}"],
    ["export async function run(\n  name: string,\n): Promise<{ a: number }> {", "}"],
    ["const run = (name: string): void => {", "};"],
    ["class A {\n  #run(name: string): void {", "  }\n}"],
    ["class A {\n  constructor() {", "  }\n}"],
  ])("has a limit: %s", (head, tail) => {
    const body = (count: number): string => "    work();\n".repeat(count);
    const atLimit = `${head}\n${body(MAXIMUM_FUNCTION_LINES)}${tail}\n`;
    const above = `${head}\n${body(MAXIMUM_FUNCTION_LINES + 1)}${tail}\n`;
    expect(functionLengthComplaints({ path: "src/a.ts", text: atLimit })).toEqual([]);
    expect(functionLengthComplaints({ path: "src/a.ts", text: above })).toHaveLength(1);
  });

  it("is told from a long class and a long table", () => {
    const table = `const TABLE = {\n${lines(200)}};\n`;
    const list = `class A extends B {\n${lines(200)}}\n`;
    expect(functionLengthComplaints({ path: "src/a.ts", text: table + list })).toEqual([]);
  });
});
