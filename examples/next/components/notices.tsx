/** What is said in passing, and what went wrong. Screen readers read the second at once. */
export function Notices({ notice, alert }: { notice: string; alert: string }) {
  return (
    <div id="notices">
      <p id="notice" role="status">{notice}</p>
      <p id="alert" role="alert">{alert}</p>
    </div>
  );
}
