/** Sessions of tests whose SQL is written for `public`. */

import type postgres from "postgres";
import { inSchema, PUBLIC } from "../../cli/project/schema_name.ts";

/** The same sessions. The text of each query is rewritten for this exposed schema. */
export function sqlInSchema(sql: postgres.Sql, schema: string): postgres.Sql {
  return schema === PUBLIC ? sql : rewriting(sql, schema);
}

/** Transactions and savepoints get a session that rewrites too. */
function rewriting<Session extends object>(sql: Session, schema: string): Session {
  const rewrite = (argument: unknown): unknown => {
    if (isTemplate(argument)) {
      const texts = argument.map((text) => inSchema(text, schema));
      return Object.assign(texts, { raw: texts });
    }
    if (typeof argument !== "function") return argument;
    return (inner: Session) => argument(rewriting(inner, schema));
  };
  return new Proxy(sql, {
    apply: (target, self, args) =>
      Reflect.apply(target as CallableFunction, self, args.map(rewrite)),
    get(target, name) {
      const member = Reflect.get(target, name);
      const call = (args: unknown[]) => Reflect.apply(member as CallableFunction, target, args);
      switch (name) {
        case "unsafe":
          return (text: string, ...rest: unknown[]) => call([inSchema(text, schema), ...rest]);
        case "begin":
        case "savepoint":
          return (...args: unknown[]) => call(args.map(rewrite));
        default:
          return member;
      }
    },
  });
}

function isTemplate(argument: unknown): argument is TemplateStringsArray {
  return Array.isArray(argument) && "raw" in argument;
}
