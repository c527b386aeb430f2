/** Compiles sources of `client/` for every platform that it names: browsers, Node, Deno, React Native. */

import { join } from "node:path";
import ts from "typescript";

/**
 * What all of these platforms have. Nothing else compiles: no DOM, no Node, no Deno.
 */
const PLATFORM = `
declare function setTimeout(callback: () => void, milliseconds?: number): { readonly timer: unique symbol };
declare function clearTimeout(timer: ReturnType<typeof setTimeout> | undefined): void;
interface AbortSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(): void;
}
interface Response {
  readonly status: number;
  json(): Promise<unknown>;
}
`;

const PLATFORM_FILE = "platform.d.ts";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts"],
  types: [],
  declaration: true,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noEmitOnError: true,
  skipLibCheck: true, // the declarations of supabase-js name types of browsers
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  exactOptionalPropertyTypes: true,
};

/** Writes JavaScript and declarations of a file, and of what it imports. Throws on any error. */
export function compile(root: string, entry: string, outDir: string): void {
  const options = { ...OPTIONS, rootDir: root, outDir };
  const files = [join(root, PLATFORM_FILE), join(root, entry)];
  write(ts.createProgram(files, options, hostWithPlatform(options)));
}

/** The same for a file that runs in browsers alone. */
export function compileForBrowsers(root: string, entry: string, outDir: string): void {
  const lib = ["lib.es2022.d.ts", "lib.dom.d.ts"];
  write(ts.createProgram([join(root, entry)], { ...OPTIONS, lib, rootDir: root, outDir }));
}

function write(program: ts.Program): void {
  const { diagnostics } = program.emit(undefined, (path, text, withBom) => {
    ts.sys.writeFile(path, path.endsWith(".d.ts") ? withEmittedNames(text) : text, withBom);
  });
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length > 0) throw new Error(inWords(faults));
}

/** TypeScript renames imports in JavaScript alone. Older versions of it do not find "./x.ts" from a declaration. */
function withEmittedNames(declarations: string): string {
  return declarations.replaceAll(/(from "\.{1,2}\/[^"]+)\.ts"/g, '$1.js"');
}

/** The platform is a file that is nowhere on disk. */
function hostWithPlatform(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const isPlatform = (path: string) => path.endsWith(`/${PLATFORM_FILE}`);
  return {
    ...host,
    fileExists: (path) => isPlatform(path) || host.fileExists(path),
    getSourceFile: (path, ...rest) =>
      isPlatform(path)
        ? ts.createSourceFile(path, PLATFORM, ts.ScriptTarget.ES2022)
        : host.getSourceFile(path, ...rest),
  };
}

function inWords(faults: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(faults, {
    getCurrentDirectory: () => "",
    getCanonicalFileName: (path) => path,
    getNewLine: () => "\n",
  });
}
