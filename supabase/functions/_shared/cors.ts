const ALLOWED = {
  // Any origin may call: the session is in a header, which no browser sends by itself.
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, apikey, content-type, x-client-info, x-region",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-max-age": "86400",
};

/** Lets pages of any origin call a function, and answers the preflight requests of their browsers. */
export function withCors(
  answer: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: ALLOWED });
    const response = await answer(request);
    for (const [name, value] of Object.entries(ALLOWED)) response.headers.set(name, value);
    return response;
  };
}
