2-- atlas:sum ignore
--atlas:checkpoint v1
SELECT 1;