export type Ref<T> = { current: T };
/** A function is among the values, so that what is written within a template has its parameters. */
type Value = ((...given: any[]) => any) | object | string | number | bigint | boolean | symbol | null | undefined;
export function html(strings: TemplateStringsArray, ...values: Value[]): any;
export function render(view: any, parent: Element | ShadowRoot): void;
export class Component {
  props: any;
  state: any;
  setState(change: any): void;
}
export function createContext(value: any): { Provider: any };
export function useContext(context: any): any;
export function useState<T>(first: T | (() => T)): [T, (next: T | ((now: T) => T)) => void];
export function useRef(first: null): Ref<any>;
export function useRef<T>(first: T): Ref<T>;
export function useEffect(effect: () => any, inputs?: any[]): void;
export function useLayoutEffect(effect: () => any, inputs?: any[]): void;
