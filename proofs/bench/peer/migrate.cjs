// Makes the peer's tables. As an ES module its runMigrations() finds no files, and says nothing.
const { runMigrations } = require("@supabase/stripe-sync-engine");

runMigrations({ databaseUrl: process.argv[2], schema: "stripe" });
