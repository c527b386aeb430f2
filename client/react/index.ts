/** The entry `sesame-client/react`. */

export { BuyButton, type BuyButtonProps } from "./buy_button.ts";
export { Gate, type GateProps } from "./gate.ts";
export {
  type ModuleNow,
  type ModulesNow,
  SesameProvider,
  type SesameProviderProps,
  useModule,
  useModules,
  useSesame,
} from "./provider.ts";
