/**
 * ClientToolchains: how a program in each language is prepared from its folder in test/clients. All
 * versions are those of the folder's own files; registries are those the machine is set up for.
 */
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildPolitely, fetchPackages, prepareOnce, toolVersion } from "./prepared-client.ts";

/** The interpreter of a venv with exactly the packages of a requirements file. */
export async function preparePython(requirements: string, name: string): Promise<string> {
  const version = await toolVersion("python3", "--version");
  const directory = await prepareOnce({
    name,
    inputs: [version, readFileSync(requirements, "utf8")],
    prepare: async (venv) => {
      await buildPolitely(["python3", "-m", "venv", venv], { directory: venv });
      const install = ["install", "--quiet", "--no-deps", "--requirement", requirements];
      await fetchPackages([join(venv, "bin/python"), "-m", "pip", ...install], {
        directory: venv,
      });
    },
  });
  return join(directory, "bin/python");
}

/** The version that a folder's file pins; `pattern` has it in its only group. */
export function pinnedVersion(path: string, pattern: RegExp): string {
  const version = pattern.exec(readFileSync(path, "utf8"))?.[1];
  if (version === undefined) throw new Error(`${path} pins no ${pattern.source}`);
  return version;
}

/** The compiled program of a Go module. */
export async function prepareGo(folder: string): Promise<string> {
  const version = await toolVersion("go", "version");
  const directory = await prepareOnce({
    name: "go",
    inputs: [version, ...contents(folder, [".go", ".mod", ".sum"])],
    prepare: async (target) => {
      await fetchPackages(["go", "mod", "download"], { directory: folder });
      await buildPolitely(["go", "build", "-p", "1", "-o", join(target, "program"), "."], {
        directory: folder,
      });
    },
  });
  return join(directory, "program");
}

/** The class path with the SDK and the compiled program. */
export async function prepareJava(folder: string): Promise<string> {
  await toolVersion("javac", "-version");
  const version = await toolVersion("mvn", "--version");
  const directory = await prepareOnce({
    name: "java",
    inputs: [version, ...contents(folder, [".java", ".xml"])],
    prepare: async (target) => {
      const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"];
      const output = `-DoutputDirectory=${join(target, "jars")}`;
      await fetchPackages(["mvn", "-q", "-B", ...goal, output], { directory: folder });
      const sources = readdirSync(folder).filter((file) => file.endsWith(".java"));
      const classes = [
        "-encoding",
        "UTF-8",
        "-cp",
        join(target, "jars/*"),
        "-d",
        join(target, "classes"),
      ];
      await buildPolitely(["javac", ...classes, ...sources], { directory: folder });
    },
  });
  return `${join(directory, "classes")}:${join(directory, "jars/*")}`;
}

export type RustProgram = { readonly binary: string; readonly target: string };

/** The compiled program, and the target directory, in which the page's snippet compiles fast. */
export async function prepareRust(folder: string): Promise<RustProgram> {
  const version = await toolVersion("cargo", "--version");
  const sources = contents(join(folder, "src"), [".rs"]);
  const directory = await prepareOnce({
    name: "rust",
    inputs: [version, ...contents(folder, [".toml", ".lock"])],
    prepare: async (crate) => {
      await fetchPackages(["cargo", "fetch", "--locked"], { directory: folder });
      await buildRust(folder, crate);
    },
  });
  // The dependencies are kept by version; the program itself is built again when it changed.
  const program = await prepareOnce({
    name: "rust-program",
    inputs: [directory, ...sources],
    prepare: async (target) => {
      await buildRust(folder, directory);
      copyFileSync(join(directory, "debug/millrace-client"), join(target, "program"));
    },
  });
  return { binary: join(program, "program"), target: directory };
}

export type RubyGems = { readonly GEM_HOME: string; readonly GEM_PATH: string };

/** The variables with which Ruby finds the gems of a file with one name:version in a line. */
export async function prepareRuby(gems: string): Promise<RubyGems> {
  const version = await toolVersion("ruby", "--version");
  const wanted = readFileSync(gems, "utf8").trim().split("\n");
  const directory = await prepareOnce({
    name: "ruby",
    inputs: [version, ...wanted],
    prepare: async (home) => {
      const flags = ["--no-document", "--install-dir", home];
      await fetchPackages(["gem", "install", ...flags, ...wanted], { directory: home });
    },
  });
  return { GEM_HOME: directory, GEM_PATH: directory };
}

/** The directory that Composer has installed into. */
export async function preparePhp(composer: string): Promise<string> {
  const version = await toolVersion("php", "--version");
  await toolVersion("composer", "--version");
  return prepareOnce({
    name: "php",
    inputs: [version, readFileSync(composer, "utf8")],
    prepare: async (directory) => {
      copyFileSync(composer, join(directory, "composer.json"));
      await fetchPackages(["composer", "install", "--no-interaction", "--quiet"], { directory });
    },
  });
}

function buildRust(folder: string, target: string): Promise<void> {
  return buildPolitely(["cargo", "build", "--locked", "--offline", "-j", "1"], {
    directory: folder,
    environment: { CARGO_TARGET_DIR: target },
  });
}

function contents(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder)
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .toSorted()
    .map((file) => readFileSync(join(folder, file), "utf8"));
}
