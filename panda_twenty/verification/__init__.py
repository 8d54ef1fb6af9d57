"""Both ends read afresh and compared, field by field, without the transforms that wrote them."""
