/** The name of the npm package. `sesame` belongs to others, and so may a scope of that name. */
export const PACKAGE = "sesame-supabase";
