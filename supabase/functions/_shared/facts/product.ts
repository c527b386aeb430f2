import { type JsonObject, text } from "./json.ts";
import type { Kind } from "./kind.ts";
import { type Snapshot, snapshot, type State } from "./snapshot.ts";

/** A Product: the name under which its prices are shown. */
export interface ProductFact extends Snapshot {
  kind: "product";
  id: string;
  name: string | null;
  description: string | null;
  /** The address of its first image. */
  image: string | null;
  is_active: boolean;
  is_deleted: boolean;
}

export const product = {
  kind: "product",
  head: "product",
  read: readProduct,
  byId: { prod: (id) => `/v1/products/${id}` },
  isDeletable: true,
} satisfies Kind<ProductFact>;

function readProduct(
  id: string,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): ProductFact {
  return snapshot((object) => stateOf(id, object, type), object, type, former);
}

function stateOf(id: string, object: JsonObject, type: string): State<ProductFact> {
  return {
    kind: "product",
    id,
    name: text(object.name),
    description: text(object.description),
    image: imageOf(object),
    is_active: object.active === true && type !== "product.deleted",
    is_deleted: type === "product.deleted",
  };
}

function imageOf({ images }: JsonObject): string | null {
  const [first] = Array.isArray(images) ? images : [];
  const address = text(first);
  return address?.startsWith("https://") ? address : null;
}
