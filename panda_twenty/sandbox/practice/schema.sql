-- The reference practice: an invented schema in the style of a Windows practice system on SQL Server.
-- PANDA's own schema is not public; nothing here is taken from it. A real practice brings its own
-- source profile, and no code outside a profile names these tables.
--
-- The same text runs on SQLite and SQL Server: DECIMAL(p,s) and DATETIME only, moments as
-- 'YYYY-MM-DDTHH:MM:SS.mmm' in the practice's local time, days as 'YYYY-MM-DD'.

CREATE TABLE Office (
    OfficeID      INT NOT NULL PRIMARY KEY,
    OfficeName    NVARCHAR(80) NOT NULL,
    Street        NVARCHAR(80),
    Street2       NVARCHAR(80),
    City          NVARCHAR(50),
    State         NVARCHAR(10),
    Zip           NVARCHAR(12),
    Phone         NVARCHAR(40),
    NPI           NVARCHAR(12),
    Website       NVARCHAR(120),
    IsMain        BIT NOT NULL,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE Provider (
    ProviderID    INT NOT NULL PRIMARY KEY,
    OfficeID      INT NOT NULL,
    FirstName     NVARCHAR(50) NOT NULL,
    MiddleInitial NVARCHAR(5),
    LastName      NVARCHAR(60) NOT NULL,
    Credentials   NVARCHAR(40),
    Specialty     NVARCHAR(40),
    NPI           NVARCHAR(12),
    Email         NVARCHAR(120),
    Phone         NVARCHAR(40),
    IsActive      BIT NOT NULL,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE RefDoctor (
    RefDrID       INT NOT NULL PRIMARY KEY,
    FirstName     NVARCHAR(50),
    LastName      NVARCHAR(60),
    Credentials   NVARCHAR(40),
    PracticeName  NVARCHAR(100),
    Street        NVARCHAR(80),
    City          NVARCHAR(50),
    State         NVARCHAR(10),
    Zip           NVARCHAR(12),
    Phone         NVARCHAR(40),
    Fax           NVARCHAR(40),
    Email         NVARCHAR(120),
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE Patient (
    PatientID     INT NOT NULL PRIMARY KEY,
    ChartNo       NVARCHAR(20),
    PmsPatNum     NVARCHAR(20),
    OfficeID      INT NOT NULL,
    ProviderID    INT,
    RefDrID       INT,
    Title         NVARCHAR(10),
    FirstName     NVARCHAR(50),
    MiddleInitial NVARCHAR(5),
    LastName      NVARCHAR(60),
    Suffix        NVARCHAR(10),
    PreferredName NVARCHAR(50),
    Sex           NVARCHAR(1),
    BirthDate     DATE,
    SSN           NVARCHAR(11),
    HomePhone     NVARCHAR(40),
    WorkPhone     NVARCHAR(40),
    MobilePhone   NVARCHAR(40),
    Email         NVARCHAR(160),
    Street        NVARCHAR(80),
    Street2       NVARCHAR(80),
    City          NVARCHAR(50),
    State         NVARCHAR(10),
    Zip           NVARCHAR(12),
    Status        NVARCHAR(1) NOT NULL,
    FirstVisit    DATE,
    MedicalAlert  NVARCHAR(400),
    CreatedOn     DATETIME NOT NULL,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE PatientInsurance (
    InsuranceID      INT NOT NULL PRIMARY KEY,
    PatientID        INT NOT NULL,
    Priority         INT NOT NULL,
    Carrier          NVARCHAR(80) NOT NULL,
    PolicyNo         NVARCHAR(40),
    GroupNo          NVARCHAR(40),
    SubscriberRel    NVARCHAR(10),
    PreventivePct    INT,
    BasicPct         INT,
    MajorPct         INT,
    ModifiedOn       DATETIME NOT NULL
);

CREATE TABLE PerioExam (
    ExamID        INT NOT NULL PRIMARY KEY,
    PatientID     INT NOT NULL,
    ProviderID    INT,
    OfficeID      INT,
    ExamDate      DATE NOT NULL,
    ExamType      NVARCHAR(2) NOT NULL,
    IsBaseline    BIT NOT NULL,
    DxStage       NVARCHAR(4),
    DxGrade       NVARCHAR(1),
    DxExtent      NVARCHAR(1),
    CaseType      NVARCHAR(10),
    DxText        NVARCHAR(200),
    Prognosis     NVARCHAR(1),
    OralHygiene   NVARCHAR(1),
    Smoking       NVARCHAR(1),
    CigsPerDay    INT,
    Diabetes      NVARCHAR(1),
    HbA1c         DECIMAL(4,1),
    BopPct        DECIMAL(5,1),
    MeanPd        DECIMAL(5,2),
    RecallMonths  INT,
    ExamNote      NVARCHAR(2000),
    CreatedOn     DATETIME NOT NULL,
    ModifiedOn    DATETIME NOT NULL
);

-- One row per exam and tooth that was looked at. Site order in the column names: facial then lingual,
-- distal / middle / mesial. 99 means the site could not be assessed, NULL that nothing was recorded.
-- Gm is millimetres from the cemento-enamel junction, positive = recession.
-- Bleeding, Suppuration, Plaque and Calculus are bit sums over the six sites (1 2 4 8 16 32, in that order);
-- NULL means the finding was not recorded on this tooth.
CREATE TABLE PerioTooth (
    ExamID        INT NOT NULL,
    ToothNo       INT NOT NULL,
    ToothStatus   NVARCHAR(1) NOT NULL,
    Pd1 INT, Pd2 INT, Pd3 INT, Pd4 INT, Pd5 INT, Pd6 INT,
    Gm1 INT, Gm2 INT, Gm3 INT, Gm4 INT, Gm5 INT, Gm6 INT,
    Bleeding      INT,
    Suppuration   INT,
    Plaque        INT,
    Calculus      INT,
    Mobility      NVARCHAR(3),
    FurcB INT, FurcL INT, FurcM INT, FurcD INT,
    MgjFacial     INT,
    MgjLingual    INT,
    Prognosis     NVARCHAR(1),
    PRIMARY KEY (ExamID, ToothNo)
);

-- Findings that this practice defined for itself, and their values per exam.
CREATE TABLE FindingDef (
    FindingID     INT NOT NULL PRIMARY KEY,
    Label         NVARCHAR(60) NOT NULL,
    ValueType     NVARCHAR(1) NOT NULL,
    Choices       NVARCHAR(400),
    IsActive      BIT NOT NULL
);

CREATE TABLE FindingValue (
    ExamID        INT NOT NULL,
    FindingID     INT NOT NULL,
    ValueText     NVARCHAR(400),
    PRIMARY KEY (ExamID, FindingID)
);

CREATE TABLE TxPlan (
    PlanID        INT NOT NULL PRIMARY KEY,
    PatientID     INT NOT NULL,
    ProviderID    INT,
    ExamID        INT,
    PlanName      NVARCHAR(80) NOT NULL,
    PlanStatus    NVARCHAR(1) NOT NULL,
    PlanDate      DATE NOT NULL,
    Goal          NVARCHAR(400),
    CreatedOn     DATETIME NOT NULL,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE TxPhase (
    PhaseID       INT NOT NULL PRIMARY KEY,
    PlanID        INT NOT NULL,
    PatientID     INT NOT NULL,
    PhaseOrder    INT NOT NULL,
    PhaseLabel    NVARCHAR(60) NOT NULL,
    PhaseStatus   NVARCHAR(1) NOT NULL,
    ProviderID    INT,
    StartDate     DATE,
    EndDate       DATE,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE TxItem (
    ItemID        INT NOT NULL PRIMARY KEY,
    PhaseID       INT NOT NULL,
    PatientID     INT NOT NULL,
    ItemOrder     INT NOT NULL,
    PmsCode       NVARCHAR(12),
    AdaCode       NVARCHAR(12),
    ClinicalDesc  NVARCHAR(120),
    LetterDesc    NVARCHAR(160),
    ToothArea     NVARCHAR(20),
    Surface       NVARCHAR(10),
    Fee           DECIMAL(10,2),
    ItemStatus    NVARCHAR(1) NOT NULL,
    PlannedOn     DATE,
    CompletedOn   DATE,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE ProcCode (
    PmsCode       NVARCHAR(12) NOT NULL PRIMARY KEY,
    AdaCode       NVARCHAR(12),
    ShortDesc     NVARCHAR(120),
    LetterDesc    NVARCHAR(160),
    IsActive      BIT NOT NULL
);

CREATE TABLE Comparison (
    ComparisonID   INT NOT NULL PRIMARY KEY,
    PatientID      INT NOT NULL,
    Title          NVARCHAR(80),
    BaselineExamID INT,
    Exam1ID INT, Exam2ID INT, Exam3ID INT, Exam4ID INT, Exam5ID INT,
    Measures       NVARCHAR(80),
    CreatedOn      DATETIME NOT NULL,
    ModifiedOn     DATETIME NOT NULL
);

CREATE TABLE ProgressNote (
    NoteID        INT NOT NULL PRIMARY KEY,
    PatientID     INT NOT NULL,
    ProviderID    INT,
    NoteDate      DATETIME NOT NULL,
    Subject       NVARCHAR(120),
    NoteBody      NVARCHAR(4000),
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE LetterTemplate (
    TemplateID    INT NOT NULL PRIMARY KEY,
    TemplateName  NVARCHAR(80) NOT NULL,
    Body          NVARCHAR(4000),
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE Letter (
    LetterID      INT NOT NULL PRIMARY KEY,
    PatientID     INT NOT NULL,
    TemplateID    INT,
    RefDrID       INT,
    RecipientName NVARCHAR(120),
    LetterDate    DATETIME NOT NULL,
    Body          NVARCHAR(4000),
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE Appointment (
    AppointmentID INT NOT NULL PRIMARY KEY,
    PatientID     INT NOT NULL,
    ProviderID    INT,
    OfficeID      INT,
    Operatory     NVARCHAR(20),
    StartsAt      DATETIME NOT NULL,
    Minutes       INT,
    ProcedureText NVARCHAR(120),
    Outcome       NVARCHAR(2) NOT NULL,
    RescheduledTo INT,
    ModifiedOn    DATETIME NOT NULL
);

CREATE TABLE PatientDocument (
    DocumentID    INT NOT NULL PRIMARY KEY,
    PatientID     INT NOT NULL,
    ExamID        INT,
    FileName      NVARCHAR(120) NOT NULL,
    Content       VARBINARY(8000),
    ScannedOn     DATETIME NOT NULL,
    ModifiedOn    DATETIME NOT NULL
);

CREATE INDEX IX_PatientInsurance_Patient ON PatientInsurance (PatientID);
CREATE INDEX IX_PerioExam_Patient ON PerioExam (PatientID);
CREATE INDEX IX_TxPlan_Patient ON TxPlan (PatientID);
CREATE INDEX IX_TxPhase_Patient ON TxPhase (PatientID);
CREATE INDEX IX_TxItem_Patient ON TxItem (PatientID);
CREATE INDEX IX_Comparison_Patient ON Comparison (PatientID);
CREATE INDEX IX_ProgressNote_Patient ON ProgressNote (PatientID);
CREATE INDEX IX_Letter_Patient ON Letter (PatientID);
CREATE INDEX IX_Appointment_Patient ON Appointment (PatientID);
CREATE INDEX IX_PatientDocument_Patient ON PatientDocument (PatientID);
CREATE TABLE SiteInfo (
    SiteKey       NVARCHAR(40) NOT NULL PRIMARY KEY,
    SiteValue     NVARCHAR(200)
);
