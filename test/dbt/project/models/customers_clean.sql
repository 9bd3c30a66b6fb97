select c.customer_id, lower(c.email) as email, k.name as country
from {{ source('shop', 'customers') }} c left join {{ ref('countries') }} k on k.code = c.country
