import { listen } from "./listen.ts";
import type { MyModule } from "./modules.ts";
import { type Poll, poll } from "./poll.ts";
import { notSignedIn } from "./problem.ts";
import type { AnySupabaseClient } from "./project.ts";
import type { CallOptions, Result } from "./result.ts";

/** What a member has now, or why it could not be read. */
export type MyModules = Result<MyModule[]>;

/** The dependencies of following. */
export interface FollowDeps {
  supabase: AnySupabaseClient;
  read(options: CallOptions): Promise<MyModules>;
}

/** Receives what following finds. */
export interface Follower {
  /** A user has signed in, of whom nothing was seen yet. */
  userArrived(): void;
  seen(now: MyModules): void;
}

/** Follows the modules of one user at a time. */
export interface Following {
  /** A change is expected: reads at once, and often for a while. */
  readOften(): void;
  end(): void;
}

/** Follows the modules of the signed-in user, also after another user has signed in. */
export function followSession(deps: FollowDeps, follower: Follower): Following {
  let userId: string | null | undefined; // undefined: the client has not said yet
  let leaving = new AbortController();
  let polling: Poll | null = null;

  function follow(id: string | null): void {
    leaving.abort();
    leaving = new AbortController();
    polling = id === null ? null : followUser(deps, id, follower.seen, leaving.signal);
  }
  const { data } = deps.supabase.auth.onAuthStateChange((_event, session) => {
    const id = session?.user.id ?? null;
    if (id === userId) return; // a renewed session of the same user changes nothing
    const hadUser = typeof userId === "string";
    userId = id;
    follow(id);
    // What was seen belongs to the former user, also where the next one signs in without a sign-out.
    if (hadUser || id === null) follower.seen({ data: null, error: notSignedIn() });
    if (id !== null) follower.userArrived();
  });
  return {
    readOften: () => polling?.readOften(),
    end() {
      data.subscription.unsubscribe();
      leaving.abort();
    },
  };
}

function followUser(
  { supabase, read }: FollowDeps,
  userId: string,
  seen: (now: MyModules) => void,
  signal: AbortSignal,
): Poll {
  async function readOnce(): Promise<void> {
    const now = await read({ signal });
    // The session may have changed before this client is notified. These are rows of the former user then.
    const isTheirs = now.error !== null || await signedInUser(supabase) === userId;
    if (isTheirs && !signal.aborted) seen(now);
  }
  const polling = poll(readOnce, signal);
  listen(supabase, { userId, changed: polling.now, connected: polling.pushed }, signal);
  return polling;
}

async function signedInUser(supabase: AnySupabaseClient): Promise<string | null> {
  const { data } = await supabase.auth.getSession();
  return data.session?.user.id ?? null;
}
