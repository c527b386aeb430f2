/** The files that a TypeScript file names: its imports, and files that it opens by URL. */

import { posix } from "node:path";
import ts from "typescript";

export interface Reference {
  /** The path in the repository, as git writes it. */
  to: string;
  /** `import` loads the file; `url` only names it: `new URL("…", import.meta.url)`. */
  kind: "import" | "url";
}

/** The files of this repository that the source of `from` names. */
export function referencesOf(from: string, source: string): Reference[] {
  const found: Reference[] = [];
  const add = (kind: Reference["kind"], node: ts.Node | undefined) => {
    const name = node === undefined ? undefined : leadingText(node);
    if (name === undefined || !/^\.{1,2}\//.test(name)) return;
    found.push({ kind, to: posix.join(posix.dirname(from), name) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      add("import", node.moduleSpecifier);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add("import", node.argument.literal);
    } else if (isImportCall(node)) {
      add("import", node.arguments[0]);
    } else if (isUrlBesideThisFile(node)) {
      add("url", node.arguments?.[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, source, ts.ScriptTarget.Latest));
  return found;
}

function isImportCall(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

function isUrlBesideThisFile(node: ts.Node): node is ts.NewExpression {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return false;
  const base = node.arguments?.[1];
  return node.expression.text === "URL" && base !== undefined &&
    ts.isPropertyAccessExpression(base) && ts.isMetaProperty(base.expression) &&
    base.name.text === "url";
}

/** A literal, or the part of a template before its first `${`. */
function leadingText(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.head.text : undefined;
}
