/** The hosted project of the gates: its name and its addresses. */

export const PROJECT_REF = "a".repeat(20);

/** The access token of its owner. */
export const ACCESS_TOKEN = `sbp_${"0".repeat(40)}`;

export const PROJECT_HOST = "supabase.co";

export const POOLER_HOST = "supabase.com";

/** Where the pooler of its region answers. */
export const POOLER = `aws-0-eu-central-1.pooler.${POOLER_HOST}`;
