{{ config(materialized='table', meta={'owner': 'finance@example.com'}, tags=['finance']) }}
select c.country, sum(o.amount) as revenue, count(*) as orders
from {{ ref('staging') }} o join {{ ref('customers_clean') }} c using (customer_id)
group by c.country
