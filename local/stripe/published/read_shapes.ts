/** Reads from the declarations of Stripe's client which parameters an endpoint takes. */

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { Fields, Shape } from "../shape.ts";

/** The shape of the parameters of each endpoint; `types` names its type in the client. */
export function readShapes(types: Record<string, string>): Record<string, Fields> {
  const { checker, typeOf } = compile(Object.values(types));
  const shapes = Object.keys(types).map((endpoint, place) => {
    const shape = shapeOf(typeOf(place), checker);
    if (typeof shape !== "object" || !("fields" in shape)) {
      throw new Error(`${endpoint}: no fields`);
    }
    return [endpoint, shape] as const;
  });
  return Object.fromEntries(shapes);
}

/** One alias for each type, in a file that exists in memory only. */
function compile(types: string[]) {
  const declarations = createRequire(import.meta.url).resolve("stripe")
    .replace(/cjs.*$/, "esm/stripe.esm.node.d.ts");
  const file = fileURLToPath(new URL("./asked.ts", import.meta.url));
  const source = `import type { Stripe } from ${JSON.stringify(declarations)};\n` +
    types.map((type, place) => `export type T${place} = ${type};`).join("\n");

  const options: ts.CompilerOptions = { strict: true, noLib: false, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, source, version) : getSourceFile(name, version);
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
  const aliases = checker.getExportsOfModule(module!);
  return { checker, typeOf: (place: number) => checker.getDeclaredTypeOfSymbol(aliases[place]!) };
}

function shapeOf(type: ts.Type, checker: ts.TypeChecker): Shape {
  const parts = (type.isUnion() ? type.types : [type]).filter((part) => !isNothing(part));
  const objects = parts.filter((part) => part.flags & ts.TypeFlags.Object);
  if (objects.length === 0) return plain(parts);

  const [array] = objects.filter((part) => checker.isArrayType(part));
  if (array !== undefined) {
    const [element] = checker.getTypeArguments(array as ts.TypeReference);
    return { list: shapeOf(element!, checker) };
  }
  const map = objects[0]!.getStringIndexType();
  if (map !== undefined) return { map: shapeOf(map, checker) };
  const fields = fieldsOf(objects, checker);
  return objects.length < parts.length ? { ...fields, orPlain: true } : fields;
}

/** The union of the types; required is what all of them require. */
function fieldsOf(objects: ts.Type[], checker: ts.TypeChecker): Fields {
  const fields: Record<string, Shape> = {};
  const required: string[] = [];
  for (const property of objects.flatMap((object) => object.getProperties())) {
    fields[property.name] ??= shapeOf(checker.getTypeOfSymbol(property), checker);
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    if (!isOptional && objects.length === 1) required.push(property.name);
  }
  return required.length === 0 ? { fields } : { fields, required };
}

function plain(parts: ts.Type[]): Shape {
  const words = parts.filter((part) => part.isStringLiteral()).map(({ value }) => value);
  // Beside its words the client declares `string & {}`, for those of later versions.
  const others = parts.filter((part) => !part.isStringLiteral() && !part.isIntersection());
  if (words.length > 0 && others.length === 0) return words.sort();
  if (parts.every((part) => part.flags & ts.TypeFlags.NumberLike)) return "number";
  if (parts.every((part) => part.flags & ts.TypeFlags.BooleanLike)) return "boolean";
  return "string";
}

/** `undefined`, `null`, and `""`, which removes a value. */
function isNothing(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) !== 0 ||
    type.isStringLiteral() && type.value === "";
}
