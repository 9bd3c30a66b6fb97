/** Rows of each base table in the reference warehouse; `olist_geolocation` can be scaled down. */
export const ROWS = {
  product_category_name_translation: 71,
  olist_geolocation: 1_000_163,
  olist_sellers: 3_095,
  olist_products: 32_951,
  olist_customers: 99_441,
  olist_orders: 99_441,
  olist_order_items: 112_650,
  olist_order_payments: 103_886,
  olist_order_reviews: 99_224,
} as const

export type TableName = keyof typeof ROWS

/** The planted faults of the production warehouse, in rows. */
export const FAULTS = { customersDeleted: 7_955, sellerIdsCut: 5_632, categoriesBlanked: 988 } as const

/**
 * Tables first; indexes come after the rows, which is cheaper. Foreign keys have names: DataHub's client
 * cannot write one of SQLite that has none.
 */
export const TABLES_SQL = `
CREATE TABLE product_category_name_translation (
  product_category_name TEXT NOT NULL PRIMARY KEY,
  product_category_name_english TEXT NOT NULL
);
CREATE TABLE olist_geolocation (
  geolocation_zip_code_prefix TEXT NOT NULL,
  geolocation_lat REAL NOT NULL,
  geolocation_lng REAL NOT NULL,
  geolocation_city TEXT NOT NULL,
  geolocation_state TEXT NOT NULL
);
CREATE TABLE olist_sellers (
  seller_id TEXT NOT NULL PRIMARY KEY,
  seller_zip_code_prefix TEXT NOT NULL,
  seller_city TEXT NOT NULL,
  seller_state TEXT NOT NULL
);
CREATE TABLE olist_products (
  product_id TEXT NOT NULL PRIMARY KEY,
  product_category_name TEXT,
  product_name_length INTEGER,
  product_description_length INTEGER,
  product_photos_qty INTEGER,
  product_weight_g INTEGER,
  product_length_cm INTEGER,
  product_height_cm INTEGER,
  product_width_cm INTEGER,
  CONSTRAINT olist_products_product_category_name FOREIGN KEY (product_category_name) REFERENCES product_category_name_translation (product_category_name)
);
CREATE TABLE olist_customers (
  customer_id TEXT NOT NULL PRIMARY KEY,
  customer_unique_id TEXT NOT NULL,
  customer_zip_code_prefix TEXT NOT NULL,
  customer_city TEXT NOT NULL,
  customer_state TEXT NOT NULL
);
CREATE TABLE olist_orders (
  order_id TEXT NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL,
  order_status TEXT NOT NULL,
  order_purchase_timestamp TIMESTAMP NOT NULL,
  order_approved_at TIMESTAMP,
  order_delivered_carrier_date TIMESTAMP,
  order_delivered_customer_date TIMESTAMP,
  order_estimated_delivery_date TIMESTAMP NOT NULL,
  CONSTRAINT olist_orders_customer_id FOREIGN KEY (customer_id) REFERENCES olist_customers (customer_id)
);
CREATE TABLE olist_order_items (
  order_id TEXT NOT NULL,
  order_item_id INTEGER NOT NULL,
  product_id TEXT NOT NULL,
  seller_id TEXT NOT NULL,
  shipping_limit_date TIMESTAMP NOT NULL,
  price REAL NOT NULL,
  freight_value REAL NOT NULL,
  PRIMARY KEY (order_id, order_item_id),
  CONSTRAINT olist_order_items_order_id FOREIGN KEY (order_id) REFERENCES olist_orders (order_id),
  CONSTRAINT olist_order_items_product_id FOREIGN KEY (product_id) REFERENCES olist_products (product_id),
  CONSTRAINT olist_order_items_seller_id FOREIGN KEY (seller_id) REFERENCES olist_sellers (seller_id)
);
CREATE TABLE olist_order_payments (
  order_id TEXT NOT NULL,
  payment_sequential INTEGER NOT NULL,
  payment_type TEXT NOT NULL,
  payment_installments INTEGER NOT NULL,
  payment_value REAL NOT NULL,
  PRIMARY KEY (order_id, payment_sequential),
  CONSTRAINT olist_order_payments_order_id FOREIGN KEY (order_id) REFERENCES olist_orders (order_id)
);
CREATE TABLE olist_order_reviews (
  review_id TEXT NOT NULL PRIMARY KEY,
  order_id TEXT NOT NULL,
  review_score INTEGER NOT NULL,
  review_comment_title TEXT,
  review_comment_message TEXT,
  review_creation_date TIMESTAMP NOT NULL,
  review_answer_timestamp TIMESTAMP NOT NULL,
  CONSTRAINT olist_order_reviews_order_id FOREIGN KEY (order_id) REFERENCES olist_orders (order_id)
);
`

/** Join keys of the views that no primary key covers. */
export const INDEXES_SQL = [
  'CREATE INDEX olist_geolocation_zip ON olist_geolocation (geolocation_zip_code_prefix)',
  'CREATE INDEX olist_order_items_product ON olist_order_items (product_id)',
  'CREATE INDEX olist_order_items_seller ON olist_order_items (seller_id)',
  'CREATE INDEX olist_order_reviews_order ON olist_order_reviews (order_id, review_score)',
] as const

export const VIEWS_SQL = `
CREATE VIEW v_order_details AS
SELECT
  o.order_id,
  i.order_item_id,
  o.order_status,
  o.order_purchase_timestamp,
  substr(o.order_purchase_timestamp, 1, 7) AS purchase_month,
  o.order_delivered_customer_date,
  o.order_estimated_delivery_date,
  o.customer_id,
  c.customer_unique_id,
  c.customer_city,
  c.customer_state,
  i.product_id,
  i.seller_id,
  i.price,
  i.freight_value,
  i.price + i.freight_value AS item_revenue
FROM olist_orders AS o
JOIN olist_order_items AS i ON i.order_id = o.order_id
LEFT JOIN olist_customers AS c ON c.customer_id = o.customer_id;

CREATE VIEW v_order_payments AS
SELECT
  o.order_id,
  o.customer_id,
  o.order_status,
  o.order_purchase_timestamp,
  substr(o.order_purchase_timestamp, 1, 7) AS purchase_month,
  p.payment_sequential,
  p.payment_type,
  p.payment_installments,
  p.payment_value,
  CASE WHEN o.order_status IN ('canceled', 'unavailable') THEN 0 ELSE p.payment_value END AS revenue
FROM olist_orders AS o
JOIN olist_order_payments AS p ON p.order_id = o.order_id;

CREATE VIEW v_order_reviews AS
SELECT
  r.review_id,
  o.order_id,
  o.customer_id,
  o.order_status,
  r.review_score,
  r.review_comment_title,
  r.review_comment_message,
  r.review_creation_date,
  julianday(o.order_delivered_customer_date) - julianday(o.order_purchase_timestamp) AS delivery_days,
  julianday(o.order_delivered_customer_date) - julianday(o.order_estimated_delivery_date) AS days_late
FROM olist_order_reviews AS r
JOIN olist_orders AS o ON o.order_id = r.order_id;

CREATE VIEW v_seller_performance AS
SELECT
  s.seller_id,
  s.seller_city,
  s.seller_state,
  COUNT(*) AS items_sold,
  COUNT(DISTINCT i.order_id) AS orders,
  COUNT(DISTINCT p.product_category_name) AS categories,
  SUM(i.price) AS revenue,
  SUM(i.freight_value) AS freight,
  AVG(r.review_score) AS avg_review_score
FROM olist_sellers AS s
JOIN olist_order_items AS i ON i.seller_id = s.seller_id
JOIN olist_products AS p ON p.product_id = i.product_id
LEFT JOIN (
  SELECT order_id, AVG(review_score) AS review_score
  FROM olist_order_reviews
  GROUP BY order_id
) AS r ON r.order_id = i.order_id
GROUP BY s.seller_id, s.seller_city, s.seller_state;

CREATE VIEW v_product_sales AS
SELECT
  p.product_id,
  p.product_category_name,
  t.product_category_name_english AS category,
  COUNT(*) AS units_sold,
  COUNT(DISTINCT i.order_id) AS orders,
  SUM(i.price) AS revenue,
  AVG(i.price) AS avg_price,
  SUM(i.freight_value) AS freight
FROM olist_products AS p
JOIN product_category_name_translation AS t ON t.product_category_name = p.product_category_name
JOIN olist_order_items AS i ON i.product_id = p.product_id
GROUP BY p.product_id, p.product_category_name, t.product_category_name_english;
`
