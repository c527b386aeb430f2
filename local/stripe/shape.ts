/** The shape of a parameter, as far as a request can show it. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  /** One of these words. */
  | string[]
  /** Several of one shape. */
  | { list: Shape }
  /** Any names, all of one shape: metadata. */
  | { map: Shape }
  | Fields;

/** Parameters by name. */
export interface Fields {
  fields: Record<string, Shape>;
  required?: string[];
  /** True if a plain value is also allowed: `created=1700000000`. */
  orPlain?: true;
}
