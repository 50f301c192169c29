/**
 * The rules of the source tree that neither the compiler nor the linter knows: who may import whom,
 * what the pure layers may not touch, and how a file looks. Each rule is a function from source
 * text to complaints, so that every rule can be shown to bite.
 */
import { dirname, join } from "node:path/posix";

/** `path` is relative to the repository and uses forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string };

export type Import = {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  readonly line: number;
};

type LayerRule = {
  /** Folders of src whose files may be imported; "types-of:x" admits `import type` alone. */
  readonly ours: readonly string[];
  /** Packages and built-in modules; absent means any. */
  readonly others?: readonly string[];
};

const LAYERS: Readonly<Record<string, LayerRule>> = {
  protocol: { ours: ["protocol"], others: ["node:crypto", "node:buffer"] },
  domain: { ours: ["domain"], others: ["node:crypto", "node:buffer"] },
  storage: { ours: ["storage", "domain"], others: [] },
  objects: {
    ours: ["objects", "domain", "storage"],
    others: ["cloudflare:workers", "node:crypto"],
  },
  router: {
    ours: ["router", "protocol", "domain", "types-of:objects"],
    others: ["hono", "node:crypto", "node:buffer"],
  },
  local: { ours: ["local"] },
  // app.ts and index.ts. What runs in Node never reaches the Worker.
  "": { ours: ["", "protocol", "domain", "storage", "objects", "router"], others: ["hono"] },
};

/** Time, chance and waiting come from outside: commands can be replayed. */
const IMPURE = [
  [/\bDate\.now\b/, "Date.now"],
  [/\bnew Date\(\s*\)/, "new Date()"],
  [/\bperformance\.now\b/, "performance.now"],
  [/\bMath\.random\b/, "Math.random"],
  [/\b(randomUUID|randomBytes|randomInt|randomFill(Sync)?|getRandomValues)\b/, "randomness"],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask|scheduler)\b/, "a timer"],
  [/\b(Promise|async|await)\b/, "a Promise"],
] as const;
const PURE_LAYERS = ["domain", "storage"];

const VAGUE_NAMES = ["utils", "util", "common", "types", "index", "helpers", "misc"];
export const MAXIMUM_FILE_LINES = 400;
export const MAXIMUM_FUNCTION_LINES = 70;
const MINIMUM_HEADER_LINES = 3;

/** Every complaint about these files, each with its place. */
export function complaints(files: readonly SourceFile[]): string[] {
  const source = files.filter(({ path }) => path.startsWith("src/"));
  return [
    ...source.flatMap(importComplaints),
    ...source.flatMap(impurityComplaints),
    ...source.flatMap(headerComplaints),
    ...source.flatMap(functionLengthComplaints),
    ...files.flatMap(fileLengthComplaints),
    ...files.flatMap(nameComplaints),
    ...files.flatMap(unfinishedComplaints),
    ...importCycles(source).map((cycle) => `import cycle: ${cycle.join(" -> ")}`),
  ];
}

export function importComplaints(file: SourceFile): string[] {
  const layer = layerOf(file.path);
  const rule = LAYERS[layer];
  if (rule === undefined) return [`${file.path}: src/${layer}/ has no import rule`];
  return importsOf(file).flatMap((imported) => {
    const { specifier, isTypeOnly, line } = imported;
    const target = targetOf(file.path, specifier);
    const isAllowed =
      target === undefined
        ? (rule.others?.includes(specifier) ?? true)
        : isLayerAllowed(rule, layerOf(target), isTypeOnly);
    return isAllowed ? [] : [`${file.path}:${line}: ${layer || "src"} may not import ${specifier}`];
  });
}

export function impurityComplaints(file: SourceFile): string[] {
  if (!PURE_LAYERS.includes(layerOf(file.path))) return [];
  return linesOf(withoutComments(file.text)).flatMap((line, index) =>
    IMPURE.filter(([pattern]) => pattern.test(line)).map(
      ([, what]) => `${file.path}:${index + 1}: ${what} in a pure layer`,
    ),
  );
}

/** What the file is, which invariants it keeps, what it must not know. */
export function headerComplaints(file: SourceFile): string[] {
  const text = file.text.replace(/^#!.*\n/, "");
  const header = /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "";
  if (linesOf(header).length >= MINIMUM_HEADER_LINES) return [];
  return [`${file.path}: no header comment of ${MINIMUM_HEADER_LINES} lines`];
}

/** The linter asks for less and takes a reason for an exception; this is the wall behind it. */
export function functionLengthComplaints(file: SourceFile): string[] {
  const lines = linesOf(file.text);
  return lines.flatMap((line, index) => {
    if (!opensFunction(line)) return [];
    const bodyLineCount = bodyEnd(lines, index) - index - 1;
    if (bodyLineCount <= MAXIMUM_FUNCTION_LINES) return [];
    return [`${file.path}:${index + 1}: a function of ${bodyLineCount} lines`];
  });
}

export function fileLengthComplaints(file: SourceFile): string[] {
  const lineCount = linesOf(file.text).length;
  if (lineCount <= MAXIMUM_FILE_LINES) return [];
  return [`${file.path}: ${lineCount} lines; is it one thing?`];
}

export function nameComplaints(file: SourceFile): string[] {
  if (file.path === "src/index.ts") return [];
  const names = file.path.split("/").map((part) => part.split(".")[0] ?? "");
  const vague = names.filter((name) => VAGUE_NAMES.includes(name));
  return vague.map((name) => `${file.path}: "${name}" says nothing`);
}

export function unfinishedComplaints(file: SourceFile): string[] {
  return linesOf(file.text).flatMap((line, index) =>
    UNFINISHED.test(line) ? [`${file.path}:${index + 1}: unfinished work`] : [],
  );
}

/** Spelt in pieces, so that this file does not complain about itself. */
const UNFINISHED = new RegExp(["TO", "DO|FIX", "ME"].join(""));

/** Each cycle once, type-only imports included, as the list of files that form it. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap(({ specifier }) => targetOf(file.path, specifier) ?? []),
    ]),
  );
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

/** Static and dynamic imports and re-exports, in order. */
export function importsOf(file: SourceFile): Import[] {
  const text = withoutComments(file.text, { keepStrings: true });
  const pattern =
    /\b(?:import|export)\s+(type\s)?(?:[\w*{},\s]+?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? "",
    isTypeOnly: match[1] !== undefined,
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** The path an import of ours leads to; undefined for packages and built-in modules. */
function targetOf(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? join(dirname(from), specifier) : undefined;
}

function layerOf(path: string): string {
  const [, layer = "", ...rest] = path.split("/");
  return rest.length === 0 ? "" : layer;
}

function isLayerAllowed(rule: LayerRule, layer: string, isTypeOnly: boolean): boolean {
  return rule.ours.includes(layer) || (isTypeOnly && rule.ours.includes(`types-of:${layer}`));
}

/** The formatter ends a function's head with its brace, and indents its end like its beginning. */
function opensFunction(line: string): boolean {
  const isControl = /^\s*(\}\s*)?(if|else|for|while|do|switch|try|catch|finally)\b/.test(line);
  return !isControl && /(=>|\)|\)\s*:.*)\s*\{$/.test(line);
}

function bodyEnd(lines: readonly string[], opening: number): number {
  const indent = /^\s*/.exec(lines[opening] ?? "")?.[0] ?? "";
  const end = lines.findIndex((line, index) => index > opening && line.startsWith(`${indent}}`));
  return end < 0 ? lines.length : end;
}

/** What is not code: comments, strings, and patterns, which may hold quotes. */
const NOT_CODE = new RegExp(
  [
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*/,
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/,
    // A slash opens a pattern, and does not divide, where a value is expected.
    /(?<=[(,=:[!&|?{;]\s*|\breturn\s+)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** The same text with comments, and the insides of strings unless kept, blanked; lines stay. */
export function withoutComments(text: string, { keepStrings = false } = {}): string {
  return text.replace(NOT_CODE, (found) => {
    if (keepStrings && /^["'`]/.test(found)) return found;
    // What a template inserts is code.
    const parts = found.startsWith("`") ? /\$\{[^}]*\}|[^\n]/g : /[^\n]/g;
    return found.replaceAll(parts, (part) => (part.length > 1 ? part : " "));
  });
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}
