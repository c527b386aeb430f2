/** The hosted project that the gates act on: what it is called, and where the CLI looks for it. */

export const PROJECT_REF = "a".repeat(20);

/** Of the one who may see it. */
export const ACCESS_TOKEN = `sbp_${"0".repeat(40)}`;

export const PROJECT_HOST = "supabase.co";

export const POOLER_HOST = "supabase.com";

/** Where the pooler of its region answers. */
export const POOLER = `aws-0-eu-central-1.pooler.${POOLER_HOST}`;
