import assert from "node:assert/strict";
import { errorCode, isTransient } from "./sqlstate.ts";

Deno.test("temporary errors and connection errors are transient; errors that a retry gets again are not", () => {
  const moment = ["08006", "40001", "40P01", "53300", "55P03", "57014", "57P03", "58030"];
  for (const code of [...moment, "PGRST000", "PGRST003"]) assert(isTransient(code), code);

  const connection = ["08P01", "25006", "25P02", "25P03", "26000", "28000", "28P01", "3D000"];
  for (const code of [...connection, "42P05", "57P01", "57P05", "SE011"]) {
    assert(isTransient(code), code);
  }

  const lasting = [
    "25001",
    "3F000",
    "42501",
    "42883",
    "55006",
    "22P05",
    "P0001",
    "XX000",
    "PGRST202",
    "PGRST301",
  ];
  for (const code of [...lasting, "", "x57014"]) assert(!isTransient(code), code);
});

Deno.test("errorCode() accepts only what looks like a code", () => {
  for (const code of ["57014", "PGRST202", "P0001"]) assert.equal(errorCode(code), code);
  for (const other of ["ada@example.com", "", 57014, null, undefined]) {
    assert.equal(errorCode(other), null);
  }
});
