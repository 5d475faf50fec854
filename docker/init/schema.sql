-- A small shop with its warehouses: the schema of the demo and of the tests.
--
-- It holds one of most things that a PostgreSQL schema can say about its data, in plain SQL for psql, without
-- extensions, and loads into an empty database of PostgreSQL 13 or newer. There are no rows: the structure is the point.
--
-- The order of the tables is the order in which they can be made, and almost the order in which they can be filled:
-- warehouse and employee point at each other, so one of their foreign keys is added at the end of both.

set client_min_messages = warning;

comment on schema public is 'A small shop: customers, products, stock and orders';


-- ---------------------------------------------------------------------------------------------------------------
-- Types
-- ---------------------------------------------------------------------------------------------------------------

-- The labels are in the order of an order's life, which is not the order of the alphabet.
create type order_status as enum ('draft', 'placed', 'paid', 'packed', 'shipped', 'delivered', 'cancelled');
comment on type order_status is 'The life of an order, from first to last';

create type product_kind as enum ('physical', 'digital', 'service');

create domain email_address as text
    constraint email_address_has_one_at check (value ~ '^[^@[:space:]]+@[^@[:space:]]+$')
    constraint email_address_length check (char_length(value) <= 254);
comment on domain email_address is 'An address as people type it; only its shape is checked';

create domain money_amount as numeric(12, 2)
    default 0
    not null
    constraint money_amount_is_not_negative check (value >= 0);
comment on domain money_amount is 'Euro, tax excluded';

create type postal_address as (
    street text,
    house_number varchar(10),
    postcode varchar(12),
    city text,
    country_code character(2)
);
comment on type postal_address is 'Where a parcel goes';


-- ---------------------------------------------------------------------------------------------------------------
-- Reference data
-- ---------------------------------------------------------------------------------------------------------------

create table country (
    code character(2) constraint country_pkey primary key,
    name text not null constraint country_name_key unique,
    in_customs_union boolean not null default false,
    constraint country_code_is_upper_case check (code = upper(code))
);
comment on table country is 'Countries that the shop delivers to';
comment on column country.code is 'ISO 3166-1 alpha-2';

create table sales_channel (
    code varchar(16) primary key,
    label text not null,
    constraint sales_channel_code_is_known check (code in ('web', 'app', 'phone', 'store', 'marketplace'))
);
comment on table sales_channel is 'Where an order came from';
comment on constraint sales_channel_code_is_known on sales_channel is 'A new channel needs a release, not a row';


-- ---------------------------------------------------------------------------------------------------------------
-- Customers
-- ---------------------------------------------------------------------------------------------------------------

create table customer (
    customer_id bigint generated always as identity (start with 1000 increment by 1) primary key,
    email email_address not null,
    full_name text not null,
    born_on date,
    member_since date not null default current_date,
    -- A customer who was brought by another one: a table that refers to itself.
    referred_by bigint,
    delivery_address postal_address,
    phone_numbers text[] not null default '{}',
    interests text[],
    created_at timestamp with time zone not null default now(),
    deleted_at timestamp(3) with time zone,
    constraint customer_email_key unique (email),
    constraint customer_referred_by_fkey foreign key (referred_by) references customer (customer_id) on delete set null,
    constraint customer_is_not_own_referrer check (referred_by <> customer_id),
    constraint customer_born_before_joining check (born_on is null or born_on < member_since),
    constraint customer_has_few_phones check (cardinality(phone_numbers) <= 5)
);
comment on table customer is 'People who have an account';
comment on column customer.email is 'Also the login; unique whatever its case, see the index customer_email_lower_idx';
comment on column customer.delivery_address is 'The usual one; each shipment keeps its own';
comment on constraint customer_referred_by_fkey on customer is 'Nobody is deleted because a friend left';

create unique index customer_email_lower_idx on customer (lower(email::text));
comment on index customer_email_lower_idx is 'Anna@example.org and anna@example.org are one person';
create index customer_active_name_idx on customer (full_name collate "C", member_since desc nulls last)
    where deleted_at is null;
create index customer_interests_idx on customer using gin (interests);


-- ---------------------------------------------------------------------------------------------------------------
-- Products
-- ---------------------------------------------------------------------------------------------------------------

create table category (
    category_id integer generated by default as identity primary key,
    parent_id integer constraint category_parent_id_fkey references category on update cascade on delete restrict,
    name varchar(80) not null,
    sort_order smallint not null default 100,
    constraint category_parent_id_name_key unique (parent_id, name)
);
comment on table category is 'A tree: the roots have no parent';

create table product (
    product_id integer generated by default as identity primary key,
    sku varchar(20) not null constraint product_sku_key unique,
    name text not null,
    kind product_kind not null default 'physical',
    category_id integer not null,
    net_price money_amount,
    tax_rate numeric(4, 3) not null default 0.210,
    gross_price numeric(14, 2) generated always as (round(net_price::numeric * (1 + tax_rate), 2)) stored,
    weight_grams integer,
    -- Width, height and depth.
    size_millimetres integer[3],
    attributes jsonb not null default '{}',
    updated_at timestamp with time zone not null default now(),
    constraint product_category_id_name_key unique (category_id, name),
    constraint product_category_id_fkey foreign key (category_id) references category (category_id)
        on update cascade on delete restrict,
    constraint product_sku_is_well_formed check (sku ~ '^[A-Z]{3}-[0-9]{4,}$'),
    constraint product_tax_rate_is_a_share check (tax_rate between 0 and 1),
    constraint product_kind_decides_weight check ((kind = 'physical') = (weight_grams is not null)),
    constraint product_weight_is_positive check (weight_grams > 0),
    constraint product_has_three_sizes check (size_millimetres is null or cardinality(size_millimetres) = 3),
    constraint product_attributes_is_an_object check (jsonb_typeof(attributes) = 'object')
);
comment on table product is 'What is sold';
comment on column product.gross_price is 'What the customer pays: net price and tax, rounded to the cent';
comment on constraint product_kind_decides_weight on product is 'What can be packed has a weight, and nothing else has';

create index product_category_id_idx on product (category_id) include (name, net_price);
create index product_heavy_idx on product (weight_grams desc) where kind = 'physical' and weight_grams > 20000;
create index product_name_search_idx on product using gin (to_tsvector('simple'::regconfig, name));

create function touch_updated_at() returns trigger
    language plpgsql
    as $$
begin
    new.updated_at := now();
    return new;
end
$$;

create trigger product_touch_updated_at before update on product for each row execute function touch_updated_at();

-- No two promotions run on the same day.
create table promotion (
    promotion_id integer generated always as identity primary key,
    title text not null,
    runs_during daterange not null,
    discount_percent numeric(5, 2) not null,
    constraint promotion_discount_is_a_percentage check (discount_percent > 0 and discount_percent <= 100),
    constraint promotion_runs_alone exclude using gist (runs_during with &&)
);
comment on constraint promotion_runs_alone on promotion is 'Discounts do not add up';


-- ---------------------------------------------------------------------------------------------------------------
-- Warehouses and the people in them: a cycle of foreign keys
-- ---------------------------------------------------------------------------------------------------------------

create table warehouse (
    warehouse_id serial primary key,
    code character varying(8) not null unique,
    country_code character(2) not null default 'NL' references country (code) on update cascade,
    manager_id integer,
    opened_on date not null,
    closed_on date,
    constraint warehouse_closes_after_opening check (closed_on > opened_on)
);
comment on table warehouse is 'Where physical products lie';
comment on column warehouse.manager_id is 'One of its employees; may be filled after they are';
comment on sequence warehouse_warehouse_id_seq is 'Numbers of warehouses; gaps are normal';

create table employee (
    employee_id integer generated always as identity primary key,
    warehouse_id integer not null,
    badge character(6) not null,
    full_name text not null,
    hired_on date not null default current_date,
    hourly_wage numeric(6, 2) not null,
    shift_starts time without time zone,
    constraint employee_badge_key unique (badge),
    -- A manager must be one of the warehouse's own people: the pair is what warehouse refers to.
    constraint employee_warehouse_id_employee_id_key unique (warehouse_id, employee_id),
    constraint employee_warehouse_id_fkey foreign key (warehouse_id) references warehouse (warehouse_id)
        on delete restrict,
    constraint employee_hourly_wage_is_fair check (hourly_wage >= 14.06)
);
comment on table employee is 'People who work in a warehouse';

-- Deferred, so that a warehouse and its first employee can be made in one transaction.
alter table warehouse
    add constraint warehouse_manager_fkey foreign key (warehouse_id, manager_id)
        references employee (warehouse_id, employee_id)
        deferrable initially deferred;
comment on constraint warehouse_manager_fkey on warehouse is 'Closes the cycle with employee';


-- ---------------------------------------------------------------------------------------------------------------
-- Stock
-- ---------------------------------------------------------------------------------------------------------------

-- The columns stand as people read a label; the primary key stands as the data is looked up.
create table storage_bin (
    aisle smallint not null,
    shelf character(1) not null,
    warehouse_id integer not null,
    capacity_grams integer not null default 500000,
    constraint storage_bin_pkey primary key (warehouse_id, aisle, shelf),
    constraint storage_bin_warehouse_id_fkey foreign key (warehouse_id) references warehouse (warehouse_id)
        on delete cascade,
    constraint storage_bin_aisle_range check (aisle between 1 and 99),
    constraint storage_bin_shelf_is_known check (shelf in ('A', 'B', 'C', 'D', 'E'))
);
comment on table storage_bin is 'One shelf of one aisle';

-- The columns of the composite foreign key stand in another order here than in the key, and than in storage_bin.
create table stock_level (
    product_id integer not null,
    shelf character(1) not null,
    aisle smallint not null,
    warehouse_id integer not null,
    quantity integer not null default 0,
    reserved integer not null default 0,
    available integer generated always as (quantity - reserved) stored,
    counted_at timestamp without time zone,
    primary key (product_id, warehouse_id, aisle, shelf),
    constraint stock_level_product_id_fkey foreign key (product_id) references product (product_id) on delete cascade,
    constraint stock_level_bin_fkey foreign key (warehouse_id, aisle, shelf)
        references storage_bin (warehouse_id, aisle, shelf) on update cascade on delete restrict,
    constraint stock_level_quantity_is_not_negative check (quantity >= 0),
    constraint stock_level_reserved_fits check (reserved >= 0 and reserved <= quantity)
);
comment on table stock_level is 'How much of a product lies in a bin';
comment on column stock_level.available is 'What can still be sold';

create index stock_level_bin_idx on stock_level (warehouse_id, aisle, shelf);


-- ---------------------------------------------------------------------------------------------------------------
-- Orders: partitioned by year
-- ---------------------------------------------------------------------------------------------------------------

create sequence order_number_seq as bigint start with 100000 increment by 1 cache 20;

create table sales_order (
    order_id bigint not null default nextval('order_number_seq'),
    ordered_on date not null default current_date,
    customer_id bigint not null,
    channel varchar(16) not null default 'web',
    status order_status not null default 'draft',
    placed_at timestamp with time zone,
    note varchar(500),
    constraint sales_order_pkey primary key (order_id, ordered_on),
    constraint sales_order_customer_id_fkey foreign key (customer_id) references customer (customer_id),
    constraint sales_order_channel_fkey foreign key (channel) references sales_channel (code)
        on update cascade on delete set default,
    constraint sales_order_placed_has_time check (status = 'draft' or status = 'cancelled' or placed_at is not null)
) partition by range (ordered_on);
alter sequence order_number_seq owned by sales_order.order_id;
comment on table sales_order is 'One order; partitioned by the day it was made';

create table sales_order_2025 partition of sales_order for values from ('2025-01-01') to ('2026-01-01');
create table sales_order_2026 partition of sales_order for values from ('2026-01-01') to ('2027-01-01');
create table sales_order_other partition of sales_order default;
comment on table sales_order_other is 'Whatever no year takes; empty unless a clock is wrong';

create index sales_order_customer_id_idx on sales_order (customer_id, ordered_on desc);
create index sales_order_open_idx on sales_order (status) where status in ('placed', 'paid', 'packed');

create table order_line (
    order_id bigint not null,
    ordered_on date not null,
    line_number smallint not null,
    product_id integer not null,
    quantity integer not null default 1,
    unit_price money_amount,
    discount_percent numeric(5, 2) not null default 0,
    line_total numeric(14, 2)
        generated always as (round(quantity * unit_price::numeric * (1 - discount_percent / 100), 2)) stored,
    constraint order_line_pkey primary key (order_id, ordered_on, line_number),
    constraint order_line_order_id_ordered_on_product_id_key unique (order_id, ordered_on, product_id),
    constraint order_line_order_fkey foreign key (ordered_on, order_id)
        references sales_order (ordered_on, order_id) on update cascade on delete cascade,
    constraint order_line_product_id_fkey foreign key (product_id) references product (product_id) on delete restrict,
    constraint order_line_quantity_range check (quantity between 1 and 9999),
    constraint order_line_discount_is_a_percentage check (discount_percent >= 0 and discount_percent <= 100)
);
comment on table order_line is 'What was ordered, at the price of that day';

create index order_line_product_id_idx on order_line (product_id);

-- A shipment belongs to an order or, when both columns are null, is a transfer between warehouses.
create table shipment (
    shipment_id uuid primary key,
    order_id bigint,
    ordered_on date,
    from_warehouse_id integer not null references warehouse (warehouse_id),
    to_warehouse_id integer references warehouse (warehouse_id),
    destination postal_address,
    packed_at timestamp with time zone not null,
    shipped_at timestamp with time zone,
    delivered_at timestamp with time zone,
    delivery_window interval day to second(0),
    tracking_code varchar(40),
    constraint shipment_order_fkey foreign key (order_id, ordered_on) references sales_order (order_id, ordered_on)
        match full on update cascade on delete set null,
    constraint shipment_tracking_code_key unique (tracking_code) deferrable initially immediate,
    constraint shipment_times_follow check (packed_at <= shipped_at and shipped_at <= delivered_at),
    constraint shipment_moves check (from_warehouse_id <> to_warehouse_id),
    constraint shipment_has_one_target check ((order_id is null) <> (to_warehouse_id is null))
);
comment on table shipment is 'A parcel to a customer, or a transfer between warehouses';
comment on constraint shipment_order_fkey on shipment is 'Both columns or neither: match full';

create index shipment_order_idx on shipment (order_id, ordered_on) where order_id is not null;


-- ---------------------------------------------------------------------------------------------------------------
-- Views
-- ---------------------------------------------------------------------------------------------------------------

create view product_availability as
    select p.product_id, p.sku, p.name, coalesce(sum(s.available), 0) as available
    from product p
    left join stock_level s on s.product_id = p.product_id
    group by p.product_id, p.sku, p.name;
comment on view product_availability is 'What can be sold now, over all warehouses';

create materialized view monthly_revenue as
    select date_trunc('month', l.ordered_on::timestamp) as month, o.channel, sum(l.line_total) as revenue
    from order_line l
    join sales_order o on o.order_id = l.order_id and o.ordered_on = l.ordered_on
    where o.status <> 'cancelled'
    group by 1, 2
    with no data;
comment on materialized view monthly_revenue is 'Refreshed every night';

create unique index monthly_revenue_month_channel_idx on monthly_revenue (month, channel);
