/** An error as the project's functions answer it (RFC 9457). */
export function problem(
  status: number,
  code: string,
  title: string,
  headers: Record<string, string> = {},
): Response {
  const document = { type: `urn:sesame:problem:${code}`, title, status, code };
  return Response.json(document, {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}
