/** The script of a page on another origin: supabase-js, as a site bundles it. */

import { createClient } from "@supabase/supabase-js";

Object.assign(globalThis, { createClient });
