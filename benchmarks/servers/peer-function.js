// The functions of `scenarios.ts`, as the servers beside Bookend run them: a small dict as JSON, a
// file as the body itself. One file for both, so that they do the same.

/** Answers a request; `url` says which function. */
export async function answer(request) {
  if (request.url.endsWith("/small")) {
    const d = await request.json();
    return Response.json({ id: d.id, sum: d.a + d.b });
  }
  const file = new Uint8Array(await request.arrayBuffer());
  return Response.json({ n: file.length, first: file[0] });
}
