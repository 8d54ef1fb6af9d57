"""The destination: a Twenty workspace, reached over its API and never trusted to have done what it says.

``client`` speaks the protocol, ``rate_limit`` paces it, ``errors`` names what can go wrong.
``workspace`` reads what the workspace looks like, ``data_model`` plans and applies what it lacks.
``field_rules`` says beforehand what Twenty would refuse, ``records`` writes and reads back,
``automations`` finds and pauses what would react to every imported record.

Every rule in here was measured on Twenty 2.21.0 unless its comment says otherwise.
"""
