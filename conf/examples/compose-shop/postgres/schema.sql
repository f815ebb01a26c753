create table orders (
    id        bigserial primary key,
    placed_by text not null,
    packed_by text
);
