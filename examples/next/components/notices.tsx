/** The messages and the errors. Screen readers read errors at once. */
export function Notices({ notice, alert }: { notice: string; alert: string }) {
  return (
    <div id="notices">
      <p id="notice" role="status">{notice}</p>
      <p id="alert" role="alert">{alert}</p>
    </div>
  );
}
