create table T(
  Id integer primary key not null, -- the key
  [a] varchar( 10 ) default "x" collate nocase,
  b int check( (b>0) and `a` != 'y' ),
  c text as (upper(a)||'z')
);
create index I on t (  A asc , lower( B ) ) where  b is not null;
create view V as select A, count(*) as n from T group by A /* all */;
create trigger R after insert on T begin update T set b=1 where ID=new.ID; end;
