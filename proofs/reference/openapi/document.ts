import { task } from "../../../diagnosis/task_command.ts";
import { CHECKOUT } from "./checkout.ts";
import { HEALTH } from "./health.ts";
import { MODULE_TOKEN } from "./module_token.ts";
import { type Json, problemExamples, refusal } from "./problems.ts";
import { RECONCILE } from "./reconcile.ts";
import { SCHEMAS } from "./schemas.ts";
import { STRIPE_WEBHOOK } from "./stripe_webhook.ts";

/** The edge functions as an OpenAPI document. */
export function openapi(): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Sesame",
      version: "0",
      summary: "Stripe payments become access to modules on Supabase.",
      description:
        "The edge functions of a Sesame project. Every path answers another method with 405 method_not_allowed, and " +
        "an unknown path with 404 not_found. checkout, module-token and health may be called from pages of any " +
        "origin: they answer OPTIONS with 204.",
    },
    servers: [
      {
        url: "https://{ref}.supabase.co/functions/v1",
        variables: {
          ref: { default: "your-project", description: "The reference of the project." },
        },
      },
      { url: "http://127.0.0.1:54321/functions/v1", description: task("dev") },
    ],
    paths: { ...CHECKOUT, ...MODULE_TOKEN, ...HEALTH, ...RECONCILE, ...STRIPE_WEBHOOK },
    components: {
      schemas: SCHEMAS,
      examples: problemExamples(),
      responses: {
        NotFound: refusal(404, ["not_found"]),
        MethodNotAllowed: refusal(405, ["method_not_allowed"]),
      },
      securitySchemes: {
        session: {
          type: "http",
          scheme: "bearer",
          description: "The session of a signed-in member: the access token of Supabase Auth.",
        },
        secretKey: {
          type: "apiKey",
          in: "header",
          name: "apikey",
          description: "The secret key of the project. Servers only.",
        },
        stripeSignature: {
          type: "apiKey",
          in: "header",
          name: "stripe-signature",
          description: "The signature that Stripe makes with the endpoint's signing secret.",
        },
      },
    },
  };
}
