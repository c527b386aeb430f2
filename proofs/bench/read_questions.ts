/** The reads of a member that are measured, each beside the bare read of the same rows. */

/** One query, as a member under row level security, and without policies by the member's id. */
export interface Question {
  name: string;
  asMember: string;
  /** `$1` is the member. */
  bare: string;
}

export const QUESTIONS: Question[] = [
  {
    name: "my_modules",
    asMember: "select * from public.my_modules",
    bare: `
      select access.module_id, module.slug, module.title, access.is_active, access.expires_at,
        access.metadata ->> 'reason' as reason
      from public.module_access as access
      join public.modules as module on module.id = access.module_id
      where access.user_id = $1`,
  },
  {
    name: "has_module_access",
    asMember: "select public.has_module_access('whisper')",
    bare: `
      select exists (
        select from public.module_access
        where user_id = $1 and module_id = 2
          and is_active and (expires_at is null or expires_at > now())
      )`,
  },
];

/** The bare read of this member, without a parameter. */
export function bareOf({ bare }: Question, member: string): string {
  return bare.replaceAll("$1", `'${member}'`);
}
