/** The pages there are, each a folder that the stack serves under its name. */

export const PAGES: Readonly<Record<"encours" | "operator", URL>> = {
  encours: new URL("./encours/", import.meta.url),
  operator: new URL("./operator/", import.meta.url),
};

/** The code that all pages share. */
export const KIT = new URL("./kit/", import.meta.url);
