/* Files that tests read as text, in workerd as well. */
declare module "*?raw" {
  const text: string;
  export default text;
}
