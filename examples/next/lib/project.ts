/** The Supabase project of this site. Both values are public: Next.js writes them into the browser's script. */

export function projectUrl(): string {
  const url = process.env.NEXT_PUBLIC_SUPABASE_URL;
  return required("NEXT_PUBLIC_SUPABASE_URL", url).replace(/\/+$/, "");
}

/** `sb_publishable_…`, or the older anon key. */
export function publishableKey(): string {
  const key = process.env.NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY ||
    process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY;
  return required("NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY or NEXT_PUBLIC_SUPABASE_ANON_KEY", key);
}

/** Throws an error that names the variable: an empty address would fail later, with an unclear error. */
export function required(name: string, value: string | undefined): string {
  if (!value) throw new Error(`${name} is not set: write it into .env.local and build again`);
  return value;
}
