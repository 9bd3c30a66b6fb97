import Database from 'better-sqlite3'

/** Two tables and a view over them; the first `amountsMissing` of ten payments have no amount. */
export function makeWarehouse(path: string, customers: number, amountsMissing: number): void {
  const db = new Database(path)
  db.exec(`CREATE TABLE customers (customer_id TEXT PRIMARY KEY, city TEXT);
    CREATE TABLE payments (payment_id INTEGER PRIMARY KEY, customer_id TEXT REFERENCES customers, amount REAL);
    CREATE VIEW v_revenue AS
      SELECT c.city, SUM(p.amount) AS revenue FROM payments p JOIN customers c ON c.customer_id = p.customer_id GROUP BY c.city;`)
  const customer = db.prepare('INSERT INTO customers VALUES (?, ?)')
  for (let i = 0; i < customers; i++) customer.run(`c${i}`, i % 2 ? 'Lund' : 'Bern')
  const payment = db.prepare('INSERT INTO payments VALUES (?, ?, ?)')
  for (let i = 0; i < 10; i++) payment.run(i, `c${i % customers}`, i < amountsMissing ? null : i * 10)
  db.close()
}
