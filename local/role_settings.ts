/**
 * The timeouts of a request to the Data API.
 *
 * `set role` does not bring a role's settings with it, so PostgREST applies them in each transaction: those of
 * the role, then those of the function that is called. A role without a timeout of its own, such as
 * service_role, keeps the session's: that of `authenticator`. lite only sets the role.
 */

/** lite's connection, as far as each request passes through it. */
interface Connection {
  applyJwtSessionContext(
    db: Transaction,
    request: { auth?: { role?: string } },
    setRole: boolean,
  ): Promise<void>;
  applyRpcRequestGucs(db: Transaction, rpc: RpcRequest): Promise<void>;
}

interface RpcRequest {
  path: string;
  requestHeaders: Record<string, string>;
}

interface Transaction {
  executeQuery(query: { sql: string; parameters: unknown[] }): Promise<unknown>;
}

const OF_ROLE = `
  select set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true)
  from pg_catalog.pg_roles, unnest(rolconfig) as setting
  where rolname = $1 and setting ~ '^(statement|lock)_timeout='`;

const OF_FUNCTION = `
  select set_config('statement_timeout', split_part(setting, '=', 2), true)
  from pg_catalog.pg_proc, unnest(proconfig) as setting
  where pronamespace = to_regnamespace($1) and proname = $2 and setting ~ '^statement_timeout='`;

/**
 * From now on, each request of this connection has the timeouts it would have when hosted. A request that names
 * no schema calls a function of `schema`.
 */
export function applyRoleSettings(connection: object, schema: string): void {
  const lite = connection as Connection;
  const applyJwtSessionContext = lite.applyJwtSessionContext.bind(lite);
  lite.applyJwtSessionContext = async (db, request, setRole) => {
    await applyJwtSessionContext(db, request, setRole);
    await db.executeQuery({ sql: OF_ROLE, parameters: [request.auth?.role ?? "anon"] });
  };
  const applyRpcRequestGucs = lite.applyRpcRequestGucs.bind(lite);
  lite.applyRpcRequestGucs = async (db, rpc) => {
    await applyRpcRequestGucs(db, rpc);
    const { "content-profile": written, "accept-profile": read } = rpc.requestHeaders;
    const name = rpc.path.split("/").at(-1);
    await db.executeQuery({ sql: OF_FUNCTION, parameters: [written ?? read ?? schema, name] });
  };
}
