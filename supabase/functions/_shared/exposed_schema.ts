/** The schema with Sesame's tables and functions. In a project with `add --schema`, its own name stands here. */
export const EXPOSED_SCHEMA: string = "public";
