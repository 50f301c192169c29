/**
 * The tables of test/conformance: what they name is there, and what is there they name. Who reads in
 * them that a behaviour of SQS is tested finds the test.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Row = Readonly<Record<string, string>>;

const TESTS = join(import.meta.dirname, "..");
const CONFORMANCE = join(TESTS, "conformance");

const README = rowsOf("README.md");
const SEEN = rowsOf("SEEN-ON-AWS.md").filter(({ case: name }) => name !== undefined);
const SOURCES = README.flatMap(({ tag = "" }) => tagsOf(tag));
const TESTED = README.filter(({ behaviour }) => behaviour !== undefined);

/** The rows of all tables of a page, each cell under the head of its column. */
function rowsOf(page: string): Row[] {
  const rows: Row[] = [];
  let heads: readonly string[] = [];
  for (const line of readFileSync(join(CONFORMANCE, page), "utf8").split("\n")) {
    const cells = line.split("|").slice(1, -1);
    const texts = cells.map((cell) => cell.trim());
    if (texts.length === 0) heads = [];
    else if (heads.length === 0) heads = texts;
    else if (!/^-+$/.test(texts[0] ?? "")) {
      expect(texts).toHaveLength(heads.length);
      rows.push(Object.fromEntries(heads.map((head, at) => [head, texts[at] ?? ""])));
    }
  }
  return rows;
}

function codesOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** The sources that a text cites, each as it is written: `iss dramatiq_sqs#13` for instance. */
function tagsOf(text: string): string[] {
  return [...text.matchAll(/\[([^[\]]+)\]/g)].flatMap(([, tags = ""]) => tags.split(", "));
}

/** All issues are one source. */
function sourceOf(tag: string): string {
  return tag.startsWith("iss") ? "iss project#n" : tag;
}

/** `send` is a conformance test, `unit/digest` one of another folder. */
function fileOf(test: string): string {
  return join(test.includes("/") ? TESTS : CONFORMANCE, `${test}.test.ts`);
}

/**
 * Whether one line of the file has the name, in quotes of some kind, and cites all the sources. A name that
 * many cases could have says before ` › ` what they are described as.
 */
function hasCase(test: string, name: string, tags: readonly string[]): boolean {
  const [first = "", second] = name.split(" › ");
  const [described, title] = second === undefined ? (["", first] as const) : [first, second];
  const blocks = readFileSync(fileOf(test), "utf8").split(/^(?=describe)/m);
  const lines = blocks
    .filter((block) => block.includes(described))
    .join("")
    .split("\n");
  return lines.some((line) => {
    const cited = tagsOf(line);
    const isTitled = line.includes(title) && /["`]/.test(line);
    return isTitled && tags.every((tag) => cited.includes(tag));
  });
}

describe("the table of what is tested where", () => {
  it("names tests that exist", () => {
    const tests = TESTED.flatMap(({ test = "" }) => codesOf(test));
    expect(tests.length).toBeGreaterThan(60);
    const named = tests.filter((test) => !test.startsWith("npm "));
    expect(named.filter((test) => !existsSync(fileOf(test)))).toEqual([]);
  });

  it("names every conformance test", () => {
    const named = new Set(TESTED.flatMap(({ test = "" }) => codesOf(test)));
    const tests = readdirSync(CONFORMANCE).filter((file) => file.endsWith(".test.ts"));
    expect(tests.length).toBeGreaterThan(50);
    expect(tests.filter((file) => !named.has(file.replace(".test.ts", "")))).toEqual([]);
  });
});

describe("the table of what was seen on AWS", () => {
  it("has a case for each row, whose name cites the row's sources", () => {
    expect(SEEN.length).toBeGreaterThan(150);
    const missing = SEEN.filter((row) => {
      const [test = ""] = codesOf(row.test ?? "");
      const [name = ""] = codesOf(row.case ?? "");
      const tags = tagsOf(row.source ?? "");
      return name === "" || tags.length === 0 || !hasCase(test, name, tags);
    });
    expect(missing).toEqual([]);
  });

  it("names no case by what is put into it alone", () => {
    const names = SEEN.flatMap((row) => codesOf(row.case ?? ""));
    expect(names.filter((name) => !/[a-z]{2}/.test(name.replaceAll(/%\w| and /g, "")))).toEqual([]);
  });

  it("names a case for each thing only once", () => {
    const behaviours = SEEN.map((row) => `${row.test}: ${row["seen on AWS"]}`);
    expect(behaviours.filter((one, at) => behaviours.indexOf(one) !== at)).toEqual([]);
  });
});

describe("the conformance tests", () => {
  it("leave no case out, and run none alone", () => {
    const tests = readdirSync(CONFORMANCE).filter((file) => file.endsWith(".test.ts"));
    const leftOut = /\b(test|it|describe)\.(skip|only|todo|fails)\b/;
    const found = tests.filter((file) => {
      return leftOut.test(readFileSync(join(CONFORMANCE, file), "utf8"));
    });
    expect(found).toEqual([]);
  });
});

describe("a source that a table cites", () => {
  it("is one that is explained", () => {
    const cited = [...README, ...SEEN].flatMap((row) => tagsOf(Object.values(row).join(" ")));
    const unknown = cited.filter((tag) => !SOURCES.includes(sourceOf(tag)));
    expect(unknown).toEqual([]);
  });
});
