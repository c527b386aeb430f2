export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "access_tokens": {
        Row: {
          "access_level": string;
          "access_type": string;
          "blocked_by": string | null;
          "created_at": string;
          "created_by": string | null;
          "expires_at": string | null;
          "id": string;
          "is_active": boolean;
          "max_usage": number | null;
          "metadata": NonNullable<Json>;
          "module_id": number;
          "payment_id": string | null;
          "updated_at": string;
          "usage_count": number;
          "user_ref": string | null;
        };
        ComputedFields: never;
        Insert: {
          "access_level"?: string;
          "access_type"?: string;
          "blocked_by"?: string | null;
          "created_at"?: string;
          "created_by"?: string | null;
          "expires_at"?: string | null;
          "id"?: string;
          "is_active"?: boolean;
          "max_usage"?: number | null;
          "metadata"?: NonNullable<Json>;
          "module_id": number;
          "payment_id"?: string | null;
          "updated_at"?: string;
          "usage_count"?: number;
          "user_ref"?: string | null;
        };
        Update: {
          "access_level"?: string;
          "access_type"?: string;
          "blocked_by"?: string | null;
          "created_at"?: string;
          "created_by"?: string | null;
          "expires_at"?: string | null;
          "id"?: string;
          "is_active"?: boolean;
          "max_usage"?: number | null;
          "metadata"?: NonNullable<Json>;
          "module_id"?: number;
          "payment_id"?: string | null;
          "updated_at"?: string;
          "usage_count"?: number;
          "user_ref"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "access_tokens_module_id_fkey";
            columns: ["module_id"];
            isOneToOne: false;
            referencedRelation: "modules";
            referencedColumns: ["id"];
          },
        ];
      };
      "listed_prices": {
        Row: {
          "amount": number | null;
          "currency": string | null;
          "description": string | null;
          "image": string | null;
          "interval": string | null;
          "interval_count": number | null;
          "livemode": boolean;
          "nickname": string | null;
          "product": string | null;
          "stripe_price_id": string;
          "tax": string | null;
          "varies_by": string | null;
        };
        ComputedFields: never;
        Insert: {
          "amount"?: number | null;
          "currency"?: string | null;
          "description"?: string | null;
          "image"?: string | null;
          "interval"?: string | null;
          "interval_count"?: number | null;
          "livemode": boolean;
          "nickname"?: string | null;
          "product"?: string | null;
          "stripe_price_id": string;
          "tax"?: string | null;
          "varies_by"?: string | null;
        };
        Update: {
          "amount"?: number | null;
          "currency"?: string | null;
          "description"?: string | null;
          "image"?: string | null;
          "interval"?: string | null;
          "interval_count"?: number | null;
          "livemode"?: boolean;
          "nickname"?: string | null;
          "product"?: string | null;
          "stripe_price_id"?: string;
          "tax"?: string | null;
          "varies_by"?: string | null;
        };
        Relationships: [];
      };
      "module_access": {
        Row: {
          "access_type": string;
          "created_at": string;
          "expires_at": string | null;
          "id": number;
          "is_active": boolean;
          "metadata": NonNullable<Json>;
          "module_id": number;
          "token_id": string | null;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "access_type"?: string;
          "created_at"?: string;
          "expires_at"?: string | null;
          "id"?: number;
          "is_active"?: boolean;
          "metadata"?: NonNullable<Json>;
          "module_id": number;
          "token_id"?: string | null;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "access_type"?: string;
          "created_at"?: string;
          "expires_at"?: string | null;
          "id"?: number;
          "is_active"?: boolean;
          "metadata"?: NonNullable<Json>;
          "module_id"?: number;
          "token_id"?: string | null;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "module_access_module_id_fkey";
            columns: ["module_id"];
            isOneToOne: false;
            referencedRelation: "modules";
            referencedColumns: ["id"];
          },
        ];
      };
      "module_prices": {
        Row: {
          "access_duration": string | null;
          "access_level": string;
          "created_at": string;
          "max_usage": number | null;
          "module_id": number;
          "stripe_price_id": string;
        };
        ComputedFields: never;
        Insert: {
          "access_duration"?: string | null;
          "access_level"?: string;
          "created_at"?: string;
          "max_usage"?: number | null;
          "module_id": number;
          "stripe_price_id": string;
        };
        Update: {
          "access_duration"?: string | null;
          "access_level"?: string;
          "created_at"?: string;
          "max_usage"?: number | null;
          "module_id"?: number;
          "stripe_price_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "module_prices_module_id_fkey";
            columns: ["module_id"];
            isOneToOne: false;
            referencedRelation: "modules";
            referencedColumns: ["id"];
          },
        ];
      };
      "modules": {
        Row: {
          "created_at": string;
          "description": string | null;
          "id": number;
          "is_active": boolean;
          "is_free": boolean;
          "metadata": NonNullable<Json>;
          "slug": string;
          "title": string;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "description"?: string | null;
          "id"?: never;
          "is_active"?: boolean;
          "is_free"?: boolean;
          "metadata"?: NonNullable<Json>;
          "slug": string;
          "title": string;
          "updated_at"?: string;
        };
        Update: {
          "created_at"?: string;
          "description"?: string | null;
          "id"?: never;
          "is_active"?: boolean;
          "is_free"?: boolean;
          "metadata"?: NonNullable<Json>;
          "slug"?: string;
          "title"?: string;
          "updated_at"?: string;
        };
        Relationships: [];
      };
      "price_terms": {
        Row: {
          "is_listed": boolean;
          "max_quantity": number;
          "stripe_price_id": string;
          "trial_days": number | null;
        };
        ComputedFields: never;
        Insert: {
          "is_listed"?: boolean;
          "max_quantity"?: number;
          "stripe_price_id": string;
          "trial_days"?: number | null;
        };
        Update: {
          "is_listed"?: boolean;
          "max_quantity"?: number;
          "stripe_price_id"?: string;
          "trial_days"?: number | null;
        };
        Relationships: [];
      };
    };
    Views: {
      "my_modules": {
        Row: {
          "expires_at": string | null;
          "module_id": number;
          "reason": string | null;
          "slug": string;
          "status": string | null;
          "title": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "module_access_module_id_fkey";
            columns: ["module_id"];
            isOneToOne: false;
            referencedRelation: "modules";
            referencedColumns: ["id"];
          },
        ];
      };
      "price_list": {
        Row: {
          "amount": number | null;
          "currency": string | null;
          "description": string | null;
          "image": string | null;
          "interval": string | null;
          "interval_count": number | null;
          "livemode": boolean;
          "max_quantity": number | null;
          "modules": Json | null;
          "nickname": string | null;
          "price": string;
          "product": string | null;
          "tax": string | null;
          "trial_days": number | null;
          "varies_by": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      "claim_free_module": { Args: { "module": string }; Returns: boolean };
      "claim_purchase": { Args: { "secret": string }; Returns: undefined };
      "create_claim_link": {
        Args: { "actor": string; "source_id": string; "valid_for"?: string; "why": string };
        Returns: string;
      };
      "erase_user": { Args: { "actor": string; "user_id": string; "why": string }; Returns: Json };
      "explain_module_access": {
        Args: { "module": string; "user_ref": string };
        Returns: {
          "code": string;
          "detail": string;
          "known": Json;
          "link": string;
          "place": number;
          "state": string;
        }[];
      };
      "fold_received_events": {
        Args: { "event_ids": (string)[] };
        Returns: {
          "detail": string;
          "event_id": string;
          "fetch": (string)[];
          "outcome": string;
        }[];
      };
      "grant_module_access": {
        Args: {
          "actor": string;
          "expires_at"?: string;
          "module": string;
          "user_id": string;
          "why": string;
        };
        Returns: string;
      };
      "has_module_access": { Args: { "module": string }; Returns: boolean };
      "move_purchase": {
        Args: { "actor": string; "source_id": string; "to_user": string; "why": string };
        Returns: string;
      };
      "process_stripe_events": {
        Args: { "events": Json; "may_wait"?: boolean };
        Returns: {
          "detail": string;
          "event_id": string;
          "fetch": (string)[];
          "outcome": string;
        }[];
      };
      "remap_price": {
        Args: {
          "actor": string;
          "dry_run"?: boolean;
          "instead_of"?: string;
          "module": string;
          "price": string;
          "reason": string;
          "terms": Json;
        };
        Returns: {
          "becomes": Json;
          "change": string;
          "purchases": number;
          "slug": string;
          "user_id": string;
          "was": Json;
        }[];
      };
      "revoke_claim_link": { Args: { "source_id": string }; Returns: boolean };
      "revoke_module_access": {
        Args: {
          "actor": string;
          "deny"?: boolean;
          "module": string;
          "user_id": string;
          "why": string;
        };
        Returns: number;
      };
      "sesame_address_claims": {
        Args: Record<PropertyKey, never>;
        Returns: {
          "is_on": boolean;
          "unasked": number;
          "waiting": number;
          "was_decided": boolean;
        }[];
      };
      "sesame_begin_rebuild": {
        Args: { "requested": string };
        Returns: {
          "after": string;
          "run": string;
        }[];
      };
      "sesame_checkout_offer": {
        Args: { "livemode": boolean; "module": string; "price": string; "user_id": string };
        Returns: {
          "automatic_tax": boolean;
          "customer_id": string;
          "doubts": (string)[];
          "former_customers": number;
          "modules": Json;
          "prices": Json;
          "promotion_codes": boolean;
          "reason": string;
          "tax_ids": boolean;
        }[];
      };
      "sesame_checkout_status": {
        Args: { "livemode": boolean; "session_id": string; "user_id": string };
        Returns: {
          "modules": Json;
          "status": string;
        }[];
      };
      "sesame_claim_alerts": {
        Args: { "most"?: number };
        Returns: {
          "about": string;
          "first_seen": string;
          "id": string;
          "kind": string;
          "severity": string;
          "times": number;
        }[];
      };
      "sesame_claim_free_module_for": {
        Args: { "module": string; "user_id": string };
        Returns: boolean;
      };
      "sesame_claim_webhook_deliveries": {
        Args: { "endpoint_id": string; "most"?: number };
        Returns: {
          "attempt": number;
          "body": string;
          "message_id": number;
          "secrets": (string)[];
          "url": string;
          "webhook_id": string;
        }[];
      };
      "sesame_confirm_alerts": { Args: { "ids": (string)[] }; Returns: undefined };
      "sesame_create_access_token": {
        Args: {
          "access_level": string;
          "expiration_hours": number;
          "max_usage": number;
          "module": string;
          "payment_id": string;
          "user_ref": string;
        };
        Returns: unknown[];
        SetofOptions: {
          from: "*";
          to: "token_terms";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "sesame_create_webhook_endpoint": {
        Args: { "description"?: string; "types"?: (string)[]; "url": string };
        Returns: {
          "endpoint_id": string;
          "secret": string;
        }[];
      };
      "sesame_dismiss_alert": {
        Args: { "about": string; "actor": string; "kind": string; "why": string };
        Returns: boolean;
      };
      "sesame_due_webhook_endpoints": { Args: Record<PropertyKey, never>; Returns: string[] };
      "sesame_enable_webhook_endpoint": {
        Args: { "endpoint_id": string; "is_enabled"?: boolean };
        Returns: undefined;
      };
      "sesame_examine": {
        Args: { "most"?: number; "named"?: number; "start"?: string };
        Returns: Json;
      };
      "sesame_explain_reference": {
        Args: { "reference": string };
        Returns: {
          "code": string;
          "detail": string;
          "known": Json;
          "module": string;
          "user_ref": string;
        }[];
      };
      "sesame_failed_event": {
        Args: { "event_id": string };
        Returns: {
          "account": string;
          "api_version": string;
          "by_parts": boolean;
          "created": number;
          "id": string;
          "livemode": boolean;
          "object_id": string;
          "payload": string;
          "type": string;
        }[];
      };
      "sesame_failed_events": {
        Args: {
          "after": string;
          "most": number;
          "our_accounts": (string)[];
          "our_livemode": boolean;
        };
        Returns: {
          "account": string;
          "api_version": string;
          "by_parts": boolean;
          "created": number;
          "id": string;
          "livemode": boolean;
          "object_id": string;
          "payload": string;
          "type": string;
        }[];
      };
      "sesame_fold_part": { Args: { "most"?: number }; Returns: Json };
      "sesame_issue_module_token": {
        Args: { "module": string; "user_id": string };
        Returns: unknown[];
        SetofOptions: {
          from: "*";
          to: "token_terms";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "sesame_keep_rebuild": { Args: { "after": string; "run": string }; Returns: undefined };
      "sesame_missing_events": { Args: { "event_ids": (string)[] }; Returns: string[] };
      "sesame_open_alerts": {
        Args: { "most"?: number };
        Returns: {
          "about": string;
          "first_seen": string;
          "kind": string;
          "known": Json;
          "raised_at": string;
          "severity": string;
          "times": number;
        }[];
      };
      "sesame_pending_reads": { Args: { "after": string; "most": number }; Returns: string[] };
      "sesame_reconcile_events": {
        Args: { "events": Json; "run": string };
        Returns: {
          "detail": string;
          "event_id": string;
          "fetch": (string)[];
          "outcome": string;
        }[];
      };
      "sesame_reconciled_access": {
        Args: { "after": number; "most": number; "run": string };
        Returns: {
          "change": string;
          "id": number;
          "module": string;
          "reason": string;
          "user_id": string;
        }[];
      };
      "sesame_record_figures": { Args: { "figures": Json }; Returns: undefined };
      "sesame_record_webhook_attempts": {
        Args: { "attempts": Json; "endpoint_id": string };
        Returns: number;
      };
      "sesame_refold": { Args: { "most"?: number; "start"?: string }; Returns: Json };
      "sesame_refresh_alerts": { Args: Record<PropertyKey, never>; Returns: number };
      "sesame_remove_webhook_endpoint": { Args: { "endpoint_id": string }; Returns: undefined };
      "sesame_replay_webhooks": {
        Args: { "endpoint_id": string; "since"?: string; "webhook_id"?: string };
        Returns: number;
      };
      "sesame_rotate_webhook_secret": {
        Args: { "endpoint_id": string; "overlap"?: string };
        Returns: string;
      };
      "sesame_set_address_claims": {
        Args: { "actor": string; "is_on": boolean; "why": string };
        Returns: boolean;
      };
      "sesame_stripe_customer": {
        Args: { "livemode": boolean; "user_id": string };
        Returns: {
          "customer_id": string;
        }[];
      };
      "sesame_verify_module_token": {
        Args: {
          "consume"?: boolean;
          "module": string;
          "request_id"?: string;
          "token_id": string;
          "user_id": string;
        };
        Returns: {
          "access_level": string;
          "detail": string;
          "expires_at": string;
          "max_usage": number;
          "reason": string;
          "uses_left": number;
        }[];
      };
      "sesame_warm_up": { Args: { "part": number }; Returns: number };
      "sesame_webhook_endpoints": {
        Args: Record<PropertyKey, never>;
        Returns: {
          "created_at": string;
          "description": string;
          "disabled_at": string;
          "disabled_why": string;
          "endpoint_id": string;
          "failing_since": string;
          "oldest_waiting_at": string;
          "types": (string)[];
          "url": string;
          "waiting": number;
        }[];
      };
      "sesame_webhook_health": { Args: Record<PropertyKey, never>; Returns: Json };
      "sesame_webhook_log": {
        Args: { "endpoint_id"?: string; "most"?: number };
        Returns: {
          "at": string;
          "attempt": number;
          "delivered_at": string;
          "endpoint": string;
          "error": string;
          "given_up_at": string;
          "ms": number;
          "next_try": string;
          "status": number;
          "type": string;
          "user_id": string;
          "webhook_id": string;
        }[];
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends
    {
      Insert: infer I;
    } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends
    {
      Update: infer U;
    } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][
    CompositeTypeName
  ]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
